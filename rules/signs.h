// Cheap signs of an event, as bits, and the signs that a condition requires: most rules are ruled out by them
// before their condition is evaluated.
#pragma once

#include <cstdint>

#include "core/request/request.h"
#include "rules/condition.h"

namespace redshank::rules {

// A set of the bits below.
using Signs = uint32_t;
inline constexpr Signs kSucceeded = 1 << 0;
inline constexpr Signs kFailed = 1 << 1;     // a code of 400 or more
inline constexpr Signs kAnonymous = 1 << 2;  // Actor::is_nobody()
inline constexpr Signs kImpersonated = 1 << 3;
inline constexpr Signs kAnnotated = 1 << 4;  // has annotations besides the authorizer's
inline constexpr Signs kSubresource = 1 << 5;
inline constexpr Signs kRequestBody = 1 << 6;
inline constexpr Signs kResponseBody = 1 << 7;
// All requests of one kind have the same signs (RequestKind).
Signs signs_of(const Request& request);
// Of a field annotations["…"]: whether it may be an annotation of the authorizer. A pattern can match these
// as well.
bool may_be_of_authorizer(const Field& annotation);
// The signs without which the condition is false.
Signs demanded_signs(const Condition& condition);

}  // namespace redshank::rules
