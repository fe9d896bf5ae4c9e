#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"

namespace redshank::rules {

// Sigma rules for product kubernetes, service audit: event rules and correlations over them, which may stand
// in other files.
class SigmaLoader {
  public:
    SigmaLoader();
    ~SigmaLoader();

    // Throws RuleError.
    void add(std::string_view text, const std::string& file);
    // Event rules, then correlations. A rule that a correlation uses stands by itself only when the
    // correlation says `generate: true`. Throws RuleError.
    std::vector<RulePtr> finish() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank::rules
