// What a condition demands of an event, told without an event.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace redshank::rules {

inline constexpr size_t kMaxDemanded = 256;

// The texts of which the field must be one if the condition is to hold, folded to lower case; nothing when
// it may be anything, or one of more than kMaxDemanded.
std::optional<std::vector<std::string>> demanded(const Condition& condition, std::string_view field);

// ASCII letters to lower case; `out` gets them at its end.
void fold(std::string_view text, std::string& out);

}  // namespace redshank::rules
