#pragma once

#include <string_view>

namespace redshank {

// Prints a line of a log as it stands there; on a terminal as print_json() writes it, which means the same.
void print_raw(std::string_view line);

}  // namespace redshank
