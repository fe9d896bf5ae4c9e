#pragma once

#include <string>
#include <string_view>

#include "core/config/table.h"

namespace redshank {

// The problem with an http or https URL and its fix, or "" for a good one. The text never contains the URL
// itself, which may be a secret.
std::string url_problem(std::string_view url, bool may_have_user = false);

// Reads a URL, which may be empty; anything else that is no URL is an error.
void read_url(ConfigTable& table, std::string_view key, std::string& out, bool may_have_user = false);

}  // namespace redshank
