#pragma once

#include <string>

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_files.h"

namespace redshank {

struct PagerdutyConfig {
    Target target;                 // PagerDuty's own URL by default
    std::string routing_key_file;  // the integration key
    bool change_events = true;     // also send exposures of Secrets as change events
};

void read(ConfigTable& table, PagerdutyConfig& config);
std::vector<NamedSink> make_sinks(const PagerdutyConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
