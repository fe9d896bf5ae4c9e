#pragma once

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_files.h"

namespace redshank {

struct SlackConfig {
    Target target;  // the incoming webhook's URL, which is a secret: `url_file` only
};

void read(ConfigTable& table, SlackConfig& config);
std::vector<NamedSink> make_sinks(const SlackConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
