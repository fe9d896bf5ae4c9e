#include "daemon/questions/crds.h"

#include <algorithm>
#include <utility>

#include "core/request/request_tracker.h"
#include "daemon/questions/log_events.h"

namespace redshank {

namespace {

// Calls back with the event that answers each request.
void each_request(const std::vector<std::string>& files, const std::string& cluster,
                  const std::function<void(const audit::Event&)>& handle) {
    RequestTracker requests;
    each_event(files, cluster, [&](const LogEvent& one) {
        if (requests.answers(one.event)) handle(one.event);
    });
}

}  // namespace

std::vector<crd::Report> custom_resources(const StateReader& state, const crd::Config& config,
                                          const CrdsFilter& filter) {
    std::vector<crd::Report> reports = crd::read_reports(state, config, filter.since);
    std::erase_if(reports, [&](const crd::Report& report) {
        return (!filter.group.empty() && report.key.group != filter.group) ||
               (!filter.cluster.empty() && report.key.cluster != filter.cluster) ||
               (filter.since && report.last_seen < *filter.since) ||
               (filter.until && report.first_seen > *filter.until);
    });
    std::stable_sort(reports.begin(), reports.end(), [](const crd::Report& a, const crd::Report& b) {
        const auto began = [](const crd::Report& one) { return one.first ? one.first->time : audit::Time{}; };
        return std::pair(began(a), a.last_seen) > std::pair(began(b), b.last_seen);
    });
    return reports;
}

void each_failing_request(const std::vector<std::string>& logs, const std::string& cluster,
                          const crd::Config& config, const CrdsFilter& filter,
                          const std::function<void(const crd::FailingRequest&)>& row) {
    crd::RequestList list(config.resources);
    // A log may show late which resources are custom, so it is read twice; standard input cannot be.
    if (std::find(logs.begin(), logs.end(), "-") == logs.end())
        each_request(logs, cluster, [&](const audit::Event& event) { list.learn(cluster, event); });
    each_request(logs, cluster, [&](const audit::Event& event) {
        const auto request = list.classify(cluster, event);
        if (request && (filter.group.empty() || request->group == filter.group)) row(*request);
    });
}

}  // namespace redshank
