#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/place.h"

namespace redshank::rules {

using redshank::Place;

// A rule file that cannot be used: what() is "file:line:column: what is wrong". Thrown at start-up and reload
// only.
class RuleError : public std::runtime_error {
  public:
    RuleError(const Place& place, const std::string& what)
        : std::runtime_error(place.to_string() + ": " + what) {}
};

// " (did you mean X?)" with the known word that is nearest to a misspelt one, or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace redshank::rules
