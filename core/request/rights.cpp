#include "core/request/rights.h"

namespace redshank {

bool is_cluster_admin(const audit::Grant& grant) {
    return grant.is_cluster_wide() && grant.role_kind == "ClusterRole" && grant.role_name == "cluster-admin";
}

bool is_by_cluster_admin(const Request& request) {
    return request.actor.is(ActorClass::Human) && !request.event.is_impersonated && request.grant() &&
           is_cluster_admin(*request.grant());
}

}  // namespace redshank
