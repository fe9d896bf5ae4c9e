#pragma once

#include <map>
#include <set>
#include <string>

#include "core/finding/finding.h"
#include "core/state/state.h"

namespace redshank {

// After a critical finding about an actor, lesser ones about the same actor are noise for a while. Kept over
// restarts as rows of the table alerts.inhibitions. Knows no clock: the time is given.
class Inhibition {
  public:
    static constexpr size_t kMaxActors = 1000;

    // True when people need not hear of the finding: medium or less, and within `time` after a critical one
    // about its actor. Remembers a critical one. `time` 0: never.
    bool holds_back(const Finding& finding, audit::Duration time, audit::Time now);

    void load(const StateReader& state, audit::Time now);
    void save(StateWriter& state);
    bool changed() const { return !changed_.empty(); }

  private:
    void forget_past(audit::Time now);

    std::map<std::string, audit::Time> until_;  // by cluster and actor_identity()
    std::set<std::string> changed_;             // keys, since the last save()
};

}  // namespace redshank
