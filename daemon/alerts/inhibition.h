#pragma once

#include "core/finding/finding.h"
#include "core/state/bounded_table.h"

namespace redshank {

// After a critical finding about an actor, lesser ones about the same actor are noise for a while. Kept over
// restarts as rows of the table alerts.inhibitions. Knows no clock: the time is given.
class Inhibition {
  public:
    static constexpr size_t kMaxActors = 1000;
    static constexpr const char* kTable = "alerts.inhibitions";  // rows: ClockRow, until when
    // Of the row of a finding's actor; empty: it has none.
    static std::string key_of(const Finding& finding);

    // True when people need not hear of the finding: medium or less, and within `time` after a critical one
    // about its actor. Remembers a critical one. `time` 0: never.
    bool holds_back(const Finding& finding, audit::Duration time, audit::Time now);

    void load(const StateReader& state, audit::Time now);
    void save(StateWriter& state) { until_.save(state); }
    bool changed() const { return until_.has_changed(); }

  private:
    void forget_past(audit::Time now);

    BoundedTable<ClockRow> until_{kTable, kMaxActors};  // by key_of()
};

}  // namespace redshank
