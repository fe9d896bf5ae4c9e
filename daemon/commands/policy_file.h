// The audit policy that a command is about.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "audit/policy/load.h"

namespace redshank {

// --kubernetes 1.NN: the version of the API server that the policy is for.
void add_kubernetes_option(CLI::App& command, int& minor);

// Reads and loads the file as an API server of that version would. A file that cannot be read is a problem
// like any other. Never throws.
audit::policy::Loaded load_policy(const std::string& file, int kubernetes);

// For commands that need a valid policy. Throws ConfigError with file:line:column of everything that prevents
// loading; the server's warnings are printed to stderr.
audit::policy::Policy require_policy(const std::string& file, int kubernetes);

}  // namespace redshank
