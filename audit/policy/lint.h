// Finds mistakes in a policy that the API server accepts silently.
#pragma once

#include <vector>

#include "audit/policy/load.h"

namespace redshank::audit::policy {

// Expects a policy that can be loaded. Reports rules that no request reaches or that match nothing, requests
// that an earlier rule takes from a later one, and ways in which an attack stays out of the log in the
// policy's version of Kubernetes. Sorted by line.
std::vector<Problem> lint(const Policy& policy);

// The parts of lint(). Reports words that no request has.
void lint_words(const Policy& policy, std::vector<Problem>& problems);
// Reports rules that an earlier rule hides, in whole or in part.
void lint_order(const Policy& policy, std::vector<Problem>& problems);
// Reports requests that are not logged, or that a client can keep from being logged.
void lint_holes(const Policy& policy, std::vector<Problem>& problems);

// Joins words: "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& words);

}  // namespace redshank::audit::policy
