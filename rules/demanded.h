// The values that a condition requires of a field, derived without an event.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace redshank::rules {

inline constexpr size_t kMaxDemanded = 256;

// The texts of which the field must have one if the condition is to hold, in lower case. Nothing when any
// value may do, or more than kMaxDemanded.
std::optional<std::vector<std::string>> demanded(const Condition& condition, std::string_view field);

// Appends the text to `out`, with ASCII letters in lower case.
void fold(std::string_view text, std::string& out);

}  // namespace redshank::rules
