#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace redshank::rules {

// Where in a file something stands; 1 is the first. Column 0: the whole line, line 0: the whole file.
struct Place {
    std::string file;
    size_t line = 0, column = 0;

    std::string to_string() const;  // "file:line:column"
};

// A rule file that cannot be used: what() is "file:line:column: what is wrong". Thrown at start-up and reload
// only.
class RuleError : public std::runtime_error {
  public:
    RuleError(const Place& place, const std::string& what)
        : std::runtime_error(place.to_string() + ": " + what) {}
};

// " (did you mean X?)" with the known word that a misspelt one probably meant, or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace redshank::rules
