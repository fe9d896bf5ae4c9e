#pragma once

#include "audit/event.h"

namespace redshank::access {

// Whether the log shows that a patch changes nothing but labels and annotations, of an object for which they
// decide nothing. They do of namespaces (Pod Security), of service accounts (identities of a cloud, by
// annotations), and of roles, which labels join to aggregated ones.
bool is_only_a_remark(const audit::Event& event);

}  // namespace redshank::access
