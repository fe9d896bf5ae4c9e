#include "detectors/by_rule/admin_places.h"

#include "core/request/rights.h"
#include "core/state/key.h"

namespace redshank::by_rule {

bool AdminPlaces::see(const Observation& observation) {
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
