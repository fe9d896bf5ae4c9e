#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/request/request_kind.h"
#include "rules/context.h"
#include "rules/rule_set.h"

namespace redshank::rules {

// Selects the rules that an event may concern. Which rules the kind of a request excludes is cached, so that
// about one in ten of the shipped rules that the index gives is evaluated. Not thread-safe.
class Candidates {
  public:
    // `rules` must outlive this. All requests come from one Symbols.
    explicit Candidates(const RuleSet& rules) : rules_(rules) {}

    // Returns the indexes of the rules, ascending; valid until the next call. `answers`: see Observation.
    const std::vector<uint32_t>& of(const Request& request, bool answers);

  private:
    const std::vector<uint32_t>& of_kind(const Request& request);

    const RuleSet& rules_;
    PerKind<std::optional<std::vector<uint32_t>>> kinds_;  // nothing: seen once
    std::vector<uint32_t> kind_, found_;
    Context context_;
};

}  // namespace redshank::rules
