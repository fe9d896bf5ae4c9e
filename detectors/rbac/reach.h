#pragma once

#include <string_view>

#include "detectors/rbac/objects.h"

namespace redshank::rbac {

// Of custom resources: Kubernetes' own groups have no dot or end in k8s.io.
bool is_custom_group(std::string_view group);

// Whether everybody may have this right: to read objects of named custom resources, as the role for viewers
// of an operator's resources does; to ask about oneself (reviews of one's own rights and identity); to read
// what system:public-info-viewer and system:discovery show (versions, health, the API's description). A
// subresource is no object: to get one may be to connect to it.
bool reaches_little(const PolicyRule& rule);

// All of its rules. False for an aggregated role, which gains rules by the labels of others.
bool reaches_little(const Role& role);

// Whether all that it gives is to look at what is no secret: get, list and watch of named resources (not
// Secrets, and of subresources status, log and scale only), or what reaches little. False for an aggregated
// role, and for one without rules, of which the log may not show all.
bool only_looks(const Role& role);

// Whether one of its rules gives every verb on every resource.
bool gives_everything(const Role& role);

// Whether it gives no great right: to look at what is no secret; to write Events, Leases and custom
// resources; to evict Pods; to ask who somebody is and what he may. Nobody rises by it, nothing runs by it,
// and no content of Secrets is shown.
bool is_modest(const Role& role);

}  // namespace redshank::rbac
