#pragma once

#include "core/request/request.h"

namespace redshank {

// Whether the grant is ClusterRole cluster-admin in the whole cluster: nothing is beyond the caller's rights,
// so that the caller raises nobody. Kubernetes makes and keeps that role (bootstrappolicy/policy.go): its
// name proves what it holds. Clouds give the same under names that no object of the cluster can have: EKS
// access entries, Azure RBAC.
bool is_cluster_admin(const audit::Grant& grant);

// Whether the request was let through by one, or by a role of a company's own that gives as much.
bool is_through_cluster_admin(const Request& request);

// Whether a person acts with these rights, neither for nor as somebody else. For system:masters RBAC is not
// asked: no grant is logged.
bool is_by_cluster_admin(const Request& request);

}  // namespace redshank
