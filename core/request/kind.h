// The kinds of objects as Kubernetes writes them.
#pragma once

#include <string_view>

#include "audit/event.h"

namespace redshank {

// "Role" for roles of rbac.authorization.k8s.io. "" for resources that are not built in: audit events do not
// contain a CRD's kind.
std::string_view kind_of(std::string_view group, std::string_view resource);

}  // namespace redshank
