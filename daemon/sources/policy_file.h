// An audit policy file: that of an API server, or the one that a command is about.
#pragma once

#include <string>

#include "audit/policy/load.h"

namespace redshank {

// Reads and loads the file as an API server of that version would. A file that cannot be read is a problem
// like any other. `id` is that of its text: another text has another. Never throws.
audit::policy::Loaded load_policy(const std::string& file, int kubernetes, std::string* id = nullptr);

// "policy.yaml:5:3: " and what is wrong there.
std::string message(const std::string& file, const audit::policy::Problem& problem);

// For commands that need a valid policy. Throws ConfigError with file:line:column of everything that prevents
// loading; the server's warnings are printed to stderr.
audit::policy::Policy require_policy(const std::string& file, int kubernetes);

}  // namespace redshank
