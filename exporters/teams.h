#pragma once

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_files.h"

namespace redshank {

struct TeamsConfig {
    Target target;  // the workflow's URL, which is a secret: `url_file` only
};

void read(ConfigTable& table, TeamsConfig& config);
std::vector<NamedSink> make_sinks(const TeamsConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
