#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"

namespace redshank::rules {

// Falco rules files for source k8s_audit. Files are added in order and share lists, macros and rules: a later
// file may replace, append to and override what an earlier one said.
class FalcoLoader {
  public:
    FalcoLoader();
    ~FalcoLoader();

    // Throws RuleError.
    void add(std::string_view text, const std::string& file);
    // The enabled rules, compiled, in the order in which they first appeared. Throws RuleError.
    std::vector<RulePtr> finish() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank::rules
