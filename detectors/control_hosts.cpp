#include "detectors/control_hosts.h"

#include <algorithm>
#include <iterator>

#include "audit/normalise/address_family.h"
#include "core/state/key.h"
#include "detectors/hour.h"

namespace redshank {

namespace {

std::string key_of(const Observation& observation) {
    return row_key({observation.origin.cluster, observation.event.peer_ip()});
}

}  // namespace

bool ControlHosts::is_of_control_host(const Request& request) {
    static constexpr Component kParts[] = {Component::ControllerManager, Component::Scheduler};
    return request.actor.is(ActorClass::ControlPlane) &&
           std::find(std::begin(kParts), std::end(kParts), request.actor.component) != std::end(kParts);
}

void ControlHosts::note(const Observation& observation) {
    const Request& request = observation.request;
    if (!is_of_control_host(request) || request.event.is_impersonated || is_refusal(request.verdict)) return;
    const std::string key = key_of(observation);
    const int64_t now = observation.event.stage_time.time_since_epoch().count();
    const HostRow* known = rows_.find(key);
    if (known != nullptr && now - known->last < kHour) return;
    HostRow& row = rows_.change(key);
    ++row.count;
    row.last = now;
}

bool ControlHosts::has(const Observation& observation) const {
    if (observation.request.peer.network == "loopback") return true;
    const HostRow* host = rows_.find(key_of(observation));
    return host != nullptr && observation.event.stage_time.time_since_epoch().count() - host->last < kDay;
}

bool ControlHosts::is_false_server(const Observation& observation) const {
    const Request& request = observation.request;
    if (!request.actor.is(ActorClass::ControlPlane) || request.actor.component != Component::ApiServer ||
        request.event.is_impersonated || has(observation))
        return false;
    const std::string cluster = row_key({observation.origin.cluster, ""});
    const int64_t day_ago = observation.event.stage_time.time_since_epoch().count() - kDay;
    bool knows_one = false;
    rows_.each([&](std::string_view key, const HostRow& row) {
        knows_one = knows_one || (key.starts_with(cluster) && row.last > day_ago &&
                                  audit::is_same_family(std::string_view(key).substr(cluster.size()),
                                                        observation.event.peer_ip()));
    });
    return knows_one;
}

}  // namespace redshank
