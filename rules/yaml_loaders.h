// Loaders of other engines' rule files. Files are added in order and know each other.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"

namespace redshank::rules {

class YamlLoader {
  public:
    virtual ~YamlLoader() = default;

    // Throws RuleError.
    virtual void add(std::string_view text, const std::string& file) = 0;
    // What was added, compiled. Throws RuleError. Appends to `warnings` what was passed over, each
    // "file:line:column: what".
    virtual std::vector<RulePtr> finish(std::vector<std::string>& warnings) const = 0;
};

// Falco rules files for source k8s_audit, which share lists, macros and rules: a later one may replace,
// append to and override what an earlier one said. Rules of other sources and unknown keys are passed over
// with a warning. Gives the enabled rules in the order in which they first appeared.
std::unique_ptr<YamlLoader> make_falco_loader();

// Sigma rules for product kubernetes, service audit: event rules, correlations over them and filters, which
// may stand in other files. Gives event rules, then correlations; a rule that a correlation uses stands by
// itself only when the correlation says `generate: true`.
std::unique_ptr<YamlLoader> make_sigma_loader();

}  // namespace redshank::rules
