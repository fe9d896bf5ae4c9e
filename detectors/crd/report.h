// The report of `redshank crds`, made from state rows alone, so that it works beside a running daemon.
#pragma once

#include <map>
#include <optional>
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
    audit::Time first_seen{}, last_seen{};
    std::optional<Failure> first;  // of what goes wrong now; nothing when it is healthy
    Tally tally;
    Notices notices;
    // Verb class → latency of requests, without watches; only classes that have requests.
    std::map<std::string, Quantiles> latency;
};

// One report for each custom resource, sorted by cluster, group, resource. `now` is the newest event time in
// the state. With `since`, requests and failures are counted from then on, in whole hours, when that is no
// longer ago than Windows::kLongest; else they are of all time, as the tally always is.
std::vector<Report> read_reports(const StateReader& state, const Config& config,
                                 std::optional<audit::Time> since = {});
// The newest event time of the state.
audit::Time newest_event(const StateReader& state);

Report report_of(const Resource& resource, audit::Time now, const Settings& settings,
                 std::optional<audit::Time> since = {});

// One JSON object without a newline; shape in docs/crd-health.md.
std::string to_json(const Report& report);

}  // namespace redshank::crd
