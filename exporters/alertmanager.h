#pragma once

#include <string>
#include <vector>

#include "core/config/table.h"
#include "exporters/alert_sink.h"
#include "exporters/receiver_files.h"

namespace redshank {

struct AlertmanagerConfig {
    Target target;
    std::vector<std::string> urls;   // all members of a cluster, in place of the target
    std::string authorization_file;  // the value of the Authorization header
};

void read(ConfigTable& table, AlertmanagerConfig& config);
std::vector<NamedSink> make_sinks(const AlertmanagerConfig& config, const ReceiverConfig& receiver);

}  // namespace redshank
