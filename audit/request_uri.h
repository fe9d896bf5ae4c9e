// Parses a request URI as net/url does. Take care before printing any result: query strings contain
// selectors, exec commands and, with some clients, tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::audit {

// The path before '?'.
std::string_view uri_path(std::string_view uri);

// The percent-decoded value of the first query parameter with this name; "" when there is none.
std::string query_value(std::string_view uri, std::string_view name);

// The values of all parameters with this name: kubectl sends one `command=` for each word.
std::vector<std::string> query_values(std::string_view uri, std::string_view name);

// Whether the query contains the parameter, with or without a value.
bool has_query(std::string_view uri, std::string_view name);

// Percent-decodes the text and turns '+' into a space. An invalid escape is left unchanged; bytes that are
// not valid UTF-8 become U+FFFD.
std::string percent_decode(std::string_view text);

}  // namespace redshank::audit
