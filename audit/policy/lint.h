// What the API server starts with and says nothing about, although it is not what its author meant.
#pragma once

#include <vector>

#include "audit/policy/load.h"

namespace redshank::audit::policy {

// Of a policy that can be loaded: rules that nothing reaches or that match nothing, requests that an
// earlier rule takes away, and what keeps an attack out of the log in the policy's version. By line.
std::vector<Problem> lint(const Policy& policy);

// The parts of lint(). Words that no request has.
void lint_words(const Policy& policy, std::vector<Problem>& problems);
// Rules that an earlier rule hides, in whole or in part.
void lint_order(const Policy& policy, std::vector<Problem>& problems);
// What is not logged, or can be kept from being logged.
void lint_holes(const Policy& policy, std::vector<Problem>& problems);

// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& words);

}  // namespace redshank::audit::policy
