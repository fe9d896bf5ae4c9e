// A small audit policy that feeds the detectors and these rules.
#pragma once

#include <string>
#include <vector>

#include "rules/rule.h"

namespace redshank::coverage {

// YAML with comments, for a server of that version. Bodies are logged only of what some kind or rule reads
// them of, and never of Secrets, ConfigMaps and tokens.
std::string suggest(const std::vector<rules::RulePtr>& rules, int kubernetes);

}  // namespace redshank::coverage
