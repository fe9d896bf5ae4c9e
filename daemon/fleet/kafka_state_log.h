#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "daemon/fleet/state_log.h"
#include "exporters/kafka_connection.h"

namespace redshank {

struct KafkaStateTopic {
    KafkaConnection connection;
    std::string topic;
    std::string writer;                          // GROUP/MEMBER: one process at a time writes under this name
    std::chrono::milliseconds patience{20'000};  // for brokers, when a copy is written
};

// A state in a compacted topic, whose brokers have transactions: what one copy consists of is there whole or
// not at all, and who comes later fences who was there before. The topic must exist; several writers may
// share it, and a writer stays in one partition as long as their number stays. Waits for brokers for up to a
// minute. In a build without Kafka it throws.
std::unique_ptr<StateLog> make_kafka_state_log(KafkaStateTopic topic);

}  // namespace redshank
