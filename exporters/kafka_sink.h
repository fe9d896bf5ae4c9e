// Findings and ends of incidents as records of a topic, for whatever reads topics. A record's key is the id
// of the finding or incident, so that a compacted topic keeps the last state of each, and a reader counts it
// once.
#pragma once

#include <string>

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/kafka_connection.h"
#include "exporters/receiver_config.h"
#include "exporters/siem.h"

namespace redshank {

struct KafkaSinkConfig {
    KafkaConnection connection;  // its TLS files and timeouts are those of the receiver
    std::string topic;
    SiemFormat format = SiemFormat::Own;
};

void read(ConfigTable& table, KafkaSinkConfig& config);
std::vector<NamedSink> make_sinks(const KafkaSinkConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
