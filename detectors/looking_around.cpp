#include "detectors/looking_around.h"

#include <algorithm>

#include "core/request/rights.h"
#include "core/state/key.h"

namespace redshank {

namespace {

constexpr audit::Duration kPause = std::chrono::minutes{1};

}  // namespace

bool LookingAround::see(const Observation& observation) {
    const audit::Event& event = observation.event;
    const audit::ObjectRef& object = event.object;
    const bool is_look = event.verb == "list" || event.verb == "watch";
    if (!is_look || !observation.answers || !event.succeeded() || !object.namespace_.empty() ||
        !object.name.empty() || !object.subresource.empty() || !is_by_cluster_admin(observation.request)) {
        return false;
    }
    const std::string key = row_key({observation.origin.cluster, observation.request.effective.key});
    const std::string from = row_key({event.peer_ip(), observation.request.agent.product});
    const int64_t now = event.stage_time.time_since_epoch().count();
    LookingRow& row = rows_.change(key);
    if (row.from != from || now - row.last > kPause.count()) row = {.last = now, .from = from, .kinds = {}};
    row.last = std::max(row.last, now);
    if (object.resource == "secrets" && object.api_group.empty()) return row.kinds.size() >= kKinds;
    std::string kind = row_key({object.api_group, object.resource});
    if (row.kinds.size() < kKinds && std::find(row.kinds.begin(), row.kinds.end(), kind) == row.kinds.end())
        row.kinds.push_back(std::move(kind));
    return false;
}

}  // namespace redshank
