#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/request/request_kind.h"
#include "rules/context.h"
#include "rules/left_open.h"
#include "rules/rule_set.h"

namespace redshank::rules {

// A rule that an event may concern.
struct Candidate {
    uint32_t rule;  // index in the RuleSet
    Open open;      // what is left to ask of it
    // Who asks may keep a number of its own with the kind of the request and the rule, which may be lost; 0
    // at first.
    uint64_t kept = 0;
};

// Selects the rules that an event may concern. Which rules the kind of a request excludes is cached, so that
// about one in ten of the shipped rules that the index gives is evaluated. Not thread-safe.
class Candidates {
  public:
    // `rules` must outlive this. All requests come from one Symbols.
    explicit Candidates(const RuleSet& rules) : rules_(rules) {}

    // Returns the rules in the order of their indexes; valid until the next call. `answers`: see Observation.
    std::span<Candidate> of(const Request& request, bool answers);

  private:
    std::vector<Candidate>& of_kind(const Request& request);
    // Of the rules that RuleSet::of_deed() gives, those that the deed leaves.
    const std::vector<uint32_t>& of_deed(const Request& request);

    const RuleSet& rules_;
    // Nothing: seen once. The second kinds are of requests by a role that gives everything, which no kind
    // tells.
    PerKind<std::optional<std::vector<Candidate>>> kinds_, great_kinds_;
    PerKind<std::optional<std::vector<uint32_t>>> deeds_;
    std::vector<uint32_t> indexes_, of_deed_;
    std::vector<Candidate> kind_, found_;
    Context context_;
};

}  // namespace redshank::rules
