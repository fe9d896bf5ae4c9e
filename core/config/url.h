#pragma once

#include <string>
#include <string_view>

#include "core/config/table.h"

namespace redshank {

// What is wrong with it and what to write instead, without the URL itself, which may be a secret; "" when it
// is one of http or https.
std::string url_problem(std::string_view url);

// A URL that may be empty; anything else that is none is an error.
void read_url(ConfigTable& table, std::string_view key, std::string& out);

}  // namespace redshank
