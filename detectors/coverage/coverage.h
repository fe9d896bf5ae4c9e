// Whether an audit policy logs the events from which each kind of finding, and each rule, is made.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "audit/policy/policy.h"
#include "detectors/detector_config.h"
#include "rules/rule.h"

namespace redshank::coverage {

enum class State : uint8_t {
    Fed,
    Late,    // reported only when a session or watch ends
    Partly,  // some requests, or some fields, are missing
    Blind,   // none of its events is logged
};
std::string_view to_string(State state);

struct Unit {
    std::string unit;  // "detector", "kind", "rule"
    std::string name;
    State state = State::Fed;
    std::vector<std::string> missing;  // "get secrets", "requestObject of create pods"
    size_t line = 0;                   // the policy's rule that takes the most; 0: no rule matches
    std::string why;                   // a sentence; "" when it is fed
};

// All kinds, each after its detector; then the rules, after the detector "rule".
std::vector<Unit> cover(const audit::policy::Policy& policy, const std::vector<rules::RulePtr>& rules);

// The detectors that the configuration enables, by name; rules always.
using Enabled = std::set<std::string, std::less<>>;
Enabled enabled(const DetectorConfig& config);

// The same of these detectors only.
std::vector<Unit> cover(const audit::policy::Policy& policy, const std::vector<rules::RulePtr>& rules,
                        const Enabled& enabled);

}  // namespace redshank::coverage
