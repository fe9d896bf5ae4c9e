// Runs the examples of rules.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rules/rule.h"

namespace redshank::by_rule {

struct ExampleResult {
    const rules::RuleExample* example = nullptr;
    bool passed = false;
    std::string problem;  // why it did not pass
    std::string summary;  // the finding's, if there was one
};

// Runs each example alone, its events in order, each as a request of its own. `seen`, if given, may change an
// event, or return that it is not in the log.
std::vector<ExampleResult> run_examples(const rules::RulePtr& rule,
                                        const std::function<bool(audit::Event&)>& seen = {});

}  // namespace redshank::by_rule
