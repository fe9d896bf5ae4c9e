// Novelties that would have been findings, but the day's share was spent. They are not learnt, so that each
// is scored again when it recurs. They raise the next score of their actor, and one finding a day says how
// much was held back.
#pragma once

#include <string>
#include <vector>

#include "core/state/bounded_table.h"
#include "detectors/access/look.h"
#include "detectors/access/novelty.h"
#include "detectors/finding_book.h"

namespace redshank::access {

// For one actor: the strongest novelty held back in a day, and all recent ones.
struct HeldRow {
    struct One {
        uint64_t key = 0;  // hash of the candidate's
        int64_t time = 0;  // when it counted as held back
    };
    double bits = 0;
    int64_t last = 0;
    uint64_t strongest = 0;  // hash
    std::vector<One> all;    // the newest 16
};
template <class V>
void describe(V& v, HeldRow::One& row) {
    v.as_array();
    v.must("key", row.key);
    v.must("time", row.time);
}
template <class V>
void describe(V& v, HeldRow& row) {
    v.must("bits", exact(row.bits));
    v.must("last", row.last);
    v.must("strongest", row.strongest);
    v("all", row.all);
}
inline int64_t worth(const HeldRow& row) {
    return row.last;
}

// For one class of actors on one day.
struct HeldDay {
    int64_t day = 0;  // since 1970
    int64_t count = 0;
    double bits = 0;
    std::string strongest;  // "wendy.cho did: list secrets in namespace shop"
};
template <class V>
void describe(V& v, HeldDay& row) {
    v.must("day", row.day);
    v.must("count", row.count);
    v.must("bits", exact(row.bits));
    v.must("strongest", row.strongest);
}
inline int64_t worth(const HeldDay& row) {
    return row.day;
}

class HeldBack {
  public:
    // The bits that this actor's next novelty gains: half of the strongest that was held back, halved again
    // each day. The held-back novelty itself gains none.
    double raise(const Look& look, const Candidate& candidate) const;
    // Whether it was held back in the last 30 days and made no finding since: then it counts as rare, however
    // many others were held back meanwhile.
    bool owes(const Look& look, const Candidate& candidate) const;
    // Records that it made a finding.
    void pay(const Look& look, const Candidate& candidate);
    // Returns false when the same was held back less than a day ago, so that it counts nowhere again.
    bool note(const Look& look, const Candidate& candidate);
    // Makes the finding of the day. `actors` names the class.
    void report(const Look& look, const Candidate& candidate, std::string_view actors, FindingBook& findings);

    uint64_t count() const { return count_; }
    uint64_t evictions() const { return actors_.evictions(); }
    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    BoundedTable<HeldRow> actors_{"unusual_access.held_back", 10'000};  // the actor's key
    BoundedTable<HeldDay> days_{"unusual_access.held_back_days", 100};  // cluster, class
    uint64_t count_ = 0;
};

}  // namespace redshank::access
