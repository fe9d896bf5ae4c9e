// The detection part of a Sigma event rule: selections and the condition over them.
#pragma once

#include "rules/condition.h"
#include "rules/yaml_file.h"

namespace redshank::rules {

// Throws RuleError.
ConditionPtr sigma_detection(const YamlFile& file, const YAML::Node& detection);

// Resolves a field name that Sigma rules for Kubernetes use. False, with `problem`, when it is unknown.
bool sigma_field(std::string_view name, Field& out, std::string& problem);

}  // namespace redshank::rules
