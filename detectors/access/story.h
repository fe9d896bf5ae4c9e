// Consecutive hits of one actor form a story. It starts as a finding of its own kind. When its steps show
// more than one tactic, it becomes a finding "attack-sequence" of rising severity, which lists the steps in
// order and takes in later ones. All ordinary steps (an installation, looking around) count as one tactic,
// since objects that belong together are one act; only a step that no installation contains makes them a
// sequence. Steps at home (hit.h) alone make none, however many there are; with one step that is not at home,
// all of them count. Wide steps (hit.h) need no more than one of either tactic, wherever they come from. Idle
// steps (hit.h) count for nothing, and without a deed that was no refusal a sequence is high at most.
// Anonymous callers have a story each, by their address (detectors/strangers.h).
#pragma once

#include "core/state/bounded_table.h"
#include "detectors/access/hit.h"
#include "detectors/access/look.h"
#include "detectors/finding_book.h"
#include "detectors/strangers.h"

namespace redshank::access {

struct StoryRow {
    struct Step {
        Tactic tactic = Tactic::None;
        std::string what, mitre;
        bool is_ordinary = false, is_at_home = false, is_idle = false, is_refused = false, is_wide = false;
    };
    int64_t last = 0;  // of the newest step
    bool is_sequence = false;
    bool is_hushed = false;          // nothing was told of it
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
    v("is_at_home", row.is_at_home);
    v("is_idle", row.is_idle);
    v("is_refused", row.is_refused);
    v("is_wide", row.is_wide);
}
template <class V>
void describe(V& v, StoryRow& row) {
    v.must("last", row.last);
    v("is_sequence", row.is_sequence);
    v("is_hushed", row.is_hushed);
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

    // Whether this actor had a hit less than a gap ago.
    bool is_open(const Look& look) const;
    // Whether the user had one.
    bool is_open(const Look& look, std::string_view hand) const;
    // How many different steps it has, when it is open.
    size_t steps(const Look& look) const;
    void tell(const Look& look, const Hit& hit, FindingBook& findings);

    // A step that alone is too usual to tell, and that others may follow: it is told with the next one.
    void hush(const Look& look, const Hit& hit);
    // Whether this actor had one less than a gap ago, and nothing was told since.
    bool is_hushed(const Look& look) const;

    uint64_t evictions() const { return stories_.evictions() + strangers_.evictions(); }
    void load(const StateReader& state) {
        stories_.load(state);
        strangers_.load(state);
    }
    void save(StateWriter& state) {
        stories_.save(state);
        strangers_.save(state);
    }

  private:
    // The key of a story is the user. When the user's credential is in dispute, an address other than the
    // story's first one has a story and findings of its own. Of an anonymous caller the address is a part of
    // the key; those without a place share a story for each action.
    std::string hand(const Look& look, std::string_view address) const;
    bool is_within_gap(const Look& look, const StoryRow& row) const;
    static bool add_step(StoryRow& row, const Look& look, const Hit& hit);
    static void report(const Look& look, const Hit& hit, const std::string& hand, const std::string& what,
                       bool is_step, FindingBook& findings);
    static void tell_sequence(const Look& look, const StoryRow& row, const Hit& hit, const std::string& hand,
                              FindingBook& findings, bool is_first);

    const audit::Duration gap_;
    BoundedTable<StoryRow> stories_;  // cluster, user; in a dispute also the address
    Strangers strangers_{"unusual_access.strangers"};
};

}  // namespace redshank::access
