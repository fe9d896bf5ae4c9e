// Loaders of other engines' rule files. Each file can refer to files that were added before it.
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
    // Compiles all added files. Throws RuleError. Appends a warning, "file:line:column: what", for each rule
    // or key that is skipped.
    virtual std::vector<RulePtr> finish(std::vector<std::string>& warnings) const = 0;
};

// Falco rules files for source k8s_audit. The files share lists, macros and rules: a later file may replace,
// append to or override definitions of an earlier one. Rules of other sources and unknown keys are skipped
// with a warning. Returns the enabled rules in the order of their first appearance.
std::unique_ptr<YamlLoader> make_falco_loader();

// Sigma rules for product kubernetes, service audit: event rules, correlations over them, and filters, each
// of which may be in a file of its own. Returns event rules, then correlations. A rule that a correlation
// uses makes findings of its own only when the correlation says `generate: true`.
std::unique_ptr<YamlLoader> make_sigma_loader();

}  // namespace redshank::rules
