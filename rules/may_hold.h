#pragma once

#include "rules/condition.h"

namespace redshank::rules {

// Returns false when the condition cannot hold for any request of the kind of the context's request
// (RequestKind).
bool may_hold(const Condition& condition, Context& context);

}  // namespace redshank::rules
