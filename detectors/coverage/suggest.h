// Suggests a small audit policy that feeds the detectors and these rules.
#pragma once

#include <string>
#include <vector>

#include "rules/rule.h"

namespace redshank::coverage {

// Returns YAML with comments, for a server of that version. Bodies are logged only where a kind or rule reads
// them, and never for Secrets, ConfigMaps and tokens.
std::string suggest(const std::vector<rules::RulePtr>& rules, int kubernetes);

}  // namespace redshank::coverage
