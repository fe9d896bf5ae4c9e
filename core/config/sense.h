// What a value of the configuration cannot be, although its type is right.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/table.h"

namespace redshank {

// Reads a text that stands for something: a name, a path. An empty one is an error, as is one that begins or
// ends with a blank. An absent key leaves `out` unchanged.
void read_name(ConfigTable& table, std::string_view key, std::string& out);

// A list of such texts.
void read_names(ConfigTable& table, std::string_view key, std::vector<std::string>& out);

// Nothing ("0s") turns it off.
void read_or_off(ConfigTable& table, std::string_view key, audit::Duration& out, audit::Duration least,
                 audit::Duration most);

// What keeps a text from being a name, and the fix; "" for nothing.
std::string name_problem(std::string_view text);

// A prefix that holds all addresses, of IPv4 or of IPv6.
bool is_every_address(std::string_view prefix);

// The longest `stall_after` of a source.
inline constexpr std::chrono::days kLongestSilence{30};

// Matches everything.
bool is_any(std::string_view glob);

}  // namespace redshank
