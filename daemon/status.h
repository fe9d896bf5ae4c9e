// The state of the daemon as one JSON object: GET /status. Contains names of files and receivers, no secrets.
#pragma once

#include <string>
#include <vector>

#include "audit/time.h"
#include "exporters/metrics.h"

namespace redshank {

struct DaemonStatus {
    audit::Time started{};
    std::string cluster;
    std::vector<std::string> problems;  // why /readyz does not say ok
    audit::Time reloaded{};             // when the configuration was last read, well or not
    bool reload_successful = true;
    struct Source {
        std::string name;
        SourceMetrics now;
    };
    std::vector<Source> sources;
    std::vector<Metrics::ReceiverNow> receivers;
};

std::string to_json(const DaemonStatus& status, audit::Time now);

}  // namespace redshank
