#include "detectors/by_rule/admin_places.h"

#include "core/request/rights.h"
#include "core/state/key.h"
#include "detectors/hour.h"

namespace redshank::by_rule {

namespace {

constexpr int64_t kMighty = 30 * kDay;  // after which rights that were not used are forgotten
constexpr int64_t kOldProgram = 3;      // days

int64_t time_of(const Observation& observation) {
    return observation.event.stage_time.time_since_epoch().count();
}

}  // namespace

void AdminPlaces::note_mighty(const Observation& observation) {
    const Request& request = observation.request;
    if (!request.actor.is(ActorClass::ServiceAccount) || request.event.is_impersonated ||
        !is_through_cluster_admin(request) || is_refusal(request.verdict))
        return;
    write_key(key_, {observation.origin.cluster, request.actor.namespace_, request.actor.account});
    const MightyRow* known = mighty_.find(key_);
    if (known != nullptr && time_of(observation) - known->last < kHour) return;
    MightyRow& row = mighty_.change(key_);
    row.last = time_of(observation);
    if (!request.actor.is_pod()) return;
    if (row.agent.empty()) row.agent = request.agent.product;
    if (row.agent == request.agent.product) row.days.see(observation.now);
}

bool AdminPlaces::is_old_program(const Observation& observation) const {
    const Request& request = observation.request;
    if (!is_program(request) || !is_through_cluster_admin(request)) return false;
    const MightyRow* known =
        mighty_.find(row_key({observation.origin.cluster, request.actor.namespace_, request.actor.account}));
    return known != nullptr && known->agent == request.agent.product &&
           known->days.before_today(observation.now) >= kOldProgram;
}

bool AdminPlaces::is_of_mighty(const Observation& observation) const {
    const audit::ObjectRef& object = observation.event.object;
    if (object.resource != "serviceaccounts" || !object.api_group.empty()) return false;
    const MightyRow* known =
        mighty_.find(row_key({observation.origin.cluster, object.namespace_, object.name}));
    return known != nullptr && time_of(observation) - known->last < kMighty;
}

bool AdminPlaces::see(const Observation& observation) {
    note_mighty(observation);
    const Request& request = observation.request;
    if (request.peer.network.empty() || !is_by_cluster_admin(request)) return false;
    write_key(key_, {observation.origin.cluster, request.effective.key, request.peer.network});
    const AdminPlace* known = rows_.find(key_);
    const bool is_at_home = known != nullptr && known->days.before_today(observation.now) > 0;
    if (known == nullptr || known->days.is_another(observation.now))
        rows_.change(key_).days.see(observation.now);
    return is_at_home;
}

}  // namespace redshank::by_rule
