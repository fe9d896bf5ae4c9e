#pragma once

#include <string>

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_config.h"

namespace redshank {

struct JournaldConfig {
    std::string path = "/run/systemd/journal/socket";
};

void read(ConfigTable& table, JournaldConfig& config);
std::vector<NamedSink> make_sinks(const JournaldConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
