// Does each custom resource work, and which requests on one failed?
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/state/state.h"
#include "detectors/crd/detector.h"
#include "detectors/crd/report.h"
#include "detectors/crd/request_list.h"

namespace redshank {

struct CrdsFilter {
    std::string group, cluster;  // "" for all
    // Resources with requests within these times; see crd::read_reports() for what `since` counts.
    std::optional<audit::Time> since, until;
};

// Resources in trouble come first, the newest trouble before older; then the last used first.
std::vector<crd::Report> custom_resources(const StateReader& state, const crd::Config& config,
                                          const CrdsFilter& filter);

// Every failing request on a custom resource in these logs, in their order ("-": standard input), one by one.
// `cluster`: what the logs' cluster is called. Throws std::runtime_error for a log that cannot be opened.
void each_failing_request(const std::vector<std::string>& logs, const std::string& cluster,
                          const crd::Config& config, const CrdsFilter& filter,
                          const std::function<void(const crd::FailingRequest&)>& row);

}  // namespace redshank
