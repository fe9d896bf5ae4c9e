// What a NetworkPolicy of networking.k8s.io lets in and out.
#pragma once

#include "rules/context.h"

namespace redshank::rules {

// Appends true when a rule of the policy, as it was written or as a change of its spec was answered, lets all
// peers through on all ports: no peers, all namespaces, or address blocks that together hold half of all
// addresses. A JSON patch that removes the peers of a rule does the same.
void lets_everybody(Context& context, const Path&, Values& out);

}  // namespace redshank::rules
