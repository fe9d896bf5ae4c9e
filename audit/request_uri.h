// Reading a request URI as net/url does. Nothing that comes out of here may be printed without thought: query
// strings hold selectors, exec commands and, with odd clients, tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::audit {

// The path before '?'.
std::string_view uri_path(std::string_view uri);

// Percent-decoded value of the first query parameter with this name; "" when there is none.
std::string query_value(std::string_view uri, std::string_view name);

// Those of every one with this name: kubectl sends one `command=` a word.
std::vector<std::string> query_values(std::string_view uri, std::string_view name);

// Whether the parameter stands in the query at all, with or without a value.
bool has_query(std::string_view uri, std::string_view name);

// Percent-decodes, and '+' becomes a space. A bad escape stays as it is; bytes that make no UTF-8 become
// U+FFFD.
std::string percent_decode(std::string_view text);

}  // namespace redshank::audit
