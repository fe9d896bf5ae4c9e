// Runs the examples that rules bring along.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rules/rule.h"

namespace redshank::by_rule {

struct ExampleResult {
    const rules::RuleExample* example = nullptr;
    bool passed = false;
    std::string problem;  // when it did not pass
    std::string summary;  // of the finding, when there was one
};

// Each example alone, its events in order: each is a request of its own. `seen`, where given, may change an
// event and say that it is not in the log at all.
std::vector<ExampleResult> run_examples(const rules::RulePtr& rule,
                                        const std::function<bool(audit::Event&)>& seen = {});

}  // namespace redshank::by_rule
