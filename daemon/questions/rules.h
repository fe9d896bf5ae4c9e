// Which rules are there?
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rules/loader.h"

namespace redshank {

struct RulesFilter {
    std::string config;              // [rules] of this file; "" for the shipped packs
    std::vector<std::string> files;  // these alone, when there are any
};

// Throws RuleError or ConfigError.
std::shared_ptr<const rules::RuleSet> rules_of(const RulesFilter& filter);

}  // namespace redshank
