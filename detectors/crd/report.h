// The report of `redshank crds`, made from state rows alone, so that it works beside a running daemon.
#pragma once

#include <string>
#include <vector>

#include "core/state/state.h"
#include "detectors/crd/config.h"
#include "detectors/crd/resource.h"

namespace redshank::crd {

struct Report {
    ResourceKey key;
    std::string custom_because;
    std::string verdict;  // healthy | degraded | failing | silent | unknown
    std::string cause;    // "" when healthy
    double budget_left = 1;
    uint64_t requests = 0, failures = 0;
    Tally tally;
    Notices notices;
    // Verb class → latency of requests, without watches; only classes that have requests.
    std::map<std::string, Quantiles> latency;
};

// One report for each custom resource, sorted by cluster, group, resource. `now` is the newest event time in
// the state.
std::vector<Report> read_reports(const StateReader& state, const Config& config);

Report report_of(const Resource& resource, audit::Time now, const Settings& settings);

// One JSON object without a newline; shape in docs/crd-health.md.
std::string to_json(const Report& report);

}  // namespace redshank::crd
