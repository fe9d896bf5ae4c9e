// What one actor does one after the other is one story: first a finding of its own kind; when the steps show
// more than one tactic, a rising finding "attack-sequence" that tells them in order and takes up what
// follows. All ordinary steps (an installation, looking around) are one tactic: a set of objects that belong
// together is one act, and only what no installation has makes a sequence of it.
#pragma once

#include "core/state/bounded_table.h"
#include "detectors/access/hit.h"
#include "detectors/access/look.h"
#include "detectors/finding_book.h"

namespace redshank::access {

struct StoryRow {
    struct Step {
        Tactic tactic = Tactic::None;
        std::string what, mitre;
        bool is_ordinary = false;
    };
    int64_t last = 0;  // of the newest step
    bool is_sequence = false;
    std::string address;             // of the first step
    std::vector<Step> steps;         // the first 12
    std::vector<Evidence> evidence;  // the first 24
};
template <class V>
void describe(V& v, StoryRow::Step& row) {
    v.as_array();
    v.must("tactic", row.tactic);
    v.must("what", row.what);
    v.must("mitre", row.mitre);
    v("is_ordinary", row.is_ordinary);
}
template <class V>
void describe(V& v, StoryRow& row) {
    v.must("last", row.last);
    v("is_sequence", row.is_sequence);
    v("address", row.address);
    v.must("steps", row.steps);
    v("evidence", row.evidence);
}
inline auto worth(const StoryRow& row) {
    return std::pair(row.steps.size() > 1, row.last);
}

class Story {
  public:
    explicit Story(audit::Duration gap) : gap_(gap), stories_("unusual_access.stories", 10'000) {}

    // Whether something of this actor was told less than a gap ago.
    bool is_open(const Look& look) const;
    void tell(const Look& look, const Hit& hit, FindingBook& findings);

    uint64_t evictions() const { return stories_.evictions(); }
    void load(const StateReader& state) { stories_.load(state); }
    void save(StateWriter& state) { stories_.save(state); }

  private:
    // Of whom a story is: the user; in a dispute over his credential, another address than the one that
    // began his story is another hand, with a story and findings of its own.
    std::string hand(const Look& look, std::string_view address) const;
    bool is_open(const Look& look, std::string_view hand) const;
    static void report(const Look& look, const Hit& hit, const std::string& hand, const std::string& what,
                       bool is_step, FindingBook& findings);
    static void tell_sequence(const Look& look, const StoryRow& row, const Hit& hit, const std::string& hand,
                              FindingBook& findings, bool is_first);

    const audit::Duration gap_;
    BoundedTable<StoryRow> stories_;  // cluster, user; in a dispute also the address
};

}  // namespace redshank::access
