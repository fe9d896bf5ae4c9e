// What an audit policy feeds: of each kind of finding and each rule, whether the events that it is made from
// are written.
#pragma once

#include <string>
#include <vector>

#include "audit/policy/policy.h"
#include "rules/rule.h"

namespace redshank::coverage {

enum class State : uint8_t {
    Fed,
    Late,    // told only when a session or watch ends
    Partly,  // some requests, or some fields, are missing
    Blind,   // nothing that it is made from is written
};
std::string_view to_string(State state);

struct Unit {
    std::string unit;  // "detector", "kind", "rule"
    std::string name;
    State state = State::Fed;
    std::vector<std::string> missing;  // "get secrets", "requestObject of create pods"
    size_t line = 0;                   // of the policy's rule that takes the most; 0: no rule matches
    std::string why;                   // a sentence; "" when it is fed
};

// Every kind, after its detector; then the rules, after the detector "rule".
std::vector<Unit> cover(const audit::policy::Policy& policy, const std::vector<rules::RulePtr>& rules);

}  // namespace redshank::coverage
