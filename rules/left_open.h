// What is left to ask of a rule when the kind of a request (RequestKind), or its deed only, is known.
#pragma once

#include <cstdint>
#include <optional>

#include "rules/rule.h"

namespace redshank::rules {

// Of a condition: a bit for each part of an And, the last for all parts from the 64th on; bit 0 for any other
// condition. Of a sequence with at most 16 steps: bit i when step i may hold, bit 32 + i when that depends on
// more than the kind. A bit that is set is still to be asked.
using Open = uint64_t;
inline constexpr Open kAllOpen = ~Open{0};

// Whether all requests of one kind have the same values of the field.
bool is_of_kind(const Field& field);

// What is known of a request.
enum class Known : uint8_t { Deed, Kind };

// Returns nothing when the condition, or all steps of the sequence, cannot hold for any request of the kind,
// or deed, of the context's request.
std::optional<Open> left_open(const Condition& condition, Context& context, Known known = Known::Kind);
std::optional<Open> left_open(const Rule& rule, Context& context, Known known = Known::Kind);

// The value of the condition for a request of that kind.
bool test_open(const Condition& condition, Open open, Context& context);

// The number of the bit that tells of a step of a sequence whether it depends on more than the kind.
inline constexpr size_t kUncertain = 32;

// Whether a step of a sequence may hold for the kind.
inline bool may_hold(size_t step, Open open) {
    return open == kAllOpen || (open >> step & 1) != 0;
}

// Whether a step of a sequence holds.
inline bool test_open_step(const RuleStep& step, size_t at, Open open, Context& context) {
    if (open == kAllOpen) return step.condition->test(context);
    if ((open >> at & 1) == 0) return false;
    return (open >> (kUncertain + at) & 1) == 0 || step.condition->test(context);
}

}  // namespace redshank::rules
