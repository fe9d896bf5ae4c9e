#include "core/request/rights.h"

namespace redshank {

namespace {

constexpr std::string_view kEksClusterAdmin = ":cluster-access-policy/AmazonEKSClusterAdminPolicy";
constexpr std::string_view kAzureClusterAdmin = "Azure Kubernetes Service RBAC Cluster Admin";

}  // namespace

bool is_cluster_admin(const audit::Grant& grant) {
    if (!grant.is_cluster_wide()) return false;
    if (grant.is_rbac()) return grant.role_kind == "ClusterRole" && grant.role_name == "cluster-admin";
    return grant.role_name.ends_with(kEksClusterAdmin) ||
           (grant.authorizer == "Azure RBAC" && grant.role_name == kAzureClusterAdmin);
}

bool is_through_cluster_admin(const Request& request) {
    return request.reason.gives_everything || request.is_by_great_role;
}

bool is_by_cluster_admin(const Request& request) {
    if (!request.actor.is(ActorClass::Human) || request.event.is_impersonated) return false;
    return request.grant() ? is_through_cluster_admin(request)
                           : request.actor.is_masters && request.verdict == RequestVerdict::Allowed;
}

}  // namespace redshank
