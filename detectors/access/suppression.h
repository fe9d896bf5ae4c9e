// Suppressions ("this is normal") that an operator set in the configuration or by `redshank suppress`, until
// they expire. Each counts its uses, so that it is not forgotten.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/state/describe.h"
#include "core/state/state.h"
#include "detectors/access/config.h"
#include "detectors/access/hit.h"
#include "detectors/access/look.h"

namespace redshank::access {

// Rows that `redshank suppress` writes (id → JSON) and the daemon reads while it runs; and how often each was
// used (id → [times, microseconds of the last]), which the daemon writes.
inline constexpr std::string_view kSuppressions = "unusual_access.suppressions";
inline constexpr std::string_view kSuppressionUse = "unusual_access.suppression_use";
inline constexpr size_t kMaxSuppressions = 1000;

// One row of kSuppressions.
struct SaidNormal {
    std::string id;
    Suppress what;
    audit::Time made{};
    std::string author, comment;
};
template <class V>
void describe(V& v, SaidNormal& row) {
    v.must("actor", row.what.actor);
    v.must("behaviour", row.what.behaviour);
    v.must("namespace", row.what.namespace_);
    v.must("expires", row.what.expires);
    v.must("made", row.made);
    v("author", row.author);
    v("comment", row.comment);
}

// Suppressions by id. Unreadable rows are skipped.
std::vector<SaidNormal> read_suppressions(const StateReader& state);

struct SuppressionUse {
    int64_t times = 0, last = 0;
};
template <class V>
void describe(V& v, SuppressionUse& row) {
    v.as_array();
    v.must("times", row.times);
    v.must("last", row.last);
}

class Suppression {
  public:
    explicit Suppression(const std::vector<Suppress>& from_config);

    // Replaces the suppressions of the configuration; those that stay keep their counts.
    void configure(const std::vector<Suppress>& from_config);

    // Counts the use when one applies.
    bool covers(const Look& look, const Hit& hit);

    // Reads the suppressions set by command again: exactly those in the table are in force.
    void read(const StateReader& state);
    void load(const StateReader& state);
    void save(StateWriter& state);

    struct Counts {
        size_t config = 0, command = 0, expired = 0;
    };
    Counts counts(audit::Time now) const;

  private:
    struct Entry {
        std::string id;  // "" for one of the configuration
        Suppress what;
        SuppressionUse use;
        bool is_changed = false;

        bool is_expired(audit::Time now) const {
            return what.expires != audit::Time{} && what.expires <= now;
        }
    };
    std::vector<Entry> entries_;
    std::vector<std::string> orphans_;  // ids in kSuppressionUse whose suppressions have ended
};

}  // namespace redshank::access
