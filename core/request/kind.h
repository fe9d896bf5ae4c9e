// Kinds of objects as Kubernetes writes them.
#pragma once

#include <string_view>

#include "audit/event.h"

namespace redshank {

// "Role" for roles of rbac.authorization.k8s.io; "" for what is not built in: a CRD's kind stands in no audit
// event.
std::string_view kind_of(std::string_view group, std::string_view resource);

}  // namespace redshank
