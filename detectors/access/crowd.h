// The same new action by several actors of one peer group within days is one observation about the group: the
// team tries a tool, or an application gets more namespaces. One finding names all of them, and is reported
// again when another joins.
#pragma once

#include <string>
#include <vector>

#include "core/state/bounded_table.h"
#include "detectors/access/look.h"
#include "detectors/access/novelty.h"
#include "detectors/finding_book.h"

namespace redshank::access {

struct CrowdRow {
    struct Member {
        std::string key, name;  // the actor's key, and its name in the finding
        double bits = 0;        // the actor's highest score
        int64_t last = 0;
        Evidence evidence;
    };
    std::vector<Member> members;  // of the last three days, the newest 24
    int64_t last = 0;
    int64_t counted = 0;  // when the crowd last counted as one score of the history
};
template <class V>
void describe(V& v, CrowdRow::Member& row) {
    v.must("key", row.key);
    v.must("name", row.name);
    v.must("bits", exact(row.bits));
    v.must("last", row.last);
    v.must("evidence", row.evidence);
}
template <class V>
void describe(V& v, CrowdRow& row) {
    v.must("members", row.members);
    v.must("last", row.last);
    v.must("counted", row.counted);
}
inline auto worth(const CrowdRow& row) {
    return std::pair(row.members.size(), row.last);
}

class Crowd {
  public:
    static constexpr size_t kMany = 3;  // actors
    // A crowd explains only actions that score little more than those of its members.
    static constexpr double kBeyond = 2;  // bits

    // Adds the actor to those who did this lately. Returns true when they form a crowd that explains it.
    bool join(const Look& look, const Candidate& candidate);
    // Makes the finding about a crowd.
    void tell(const Look& look, const Candidate& candidate, FindingBook& findings);
    // True once a day: a score counts once for the history, however many members repeat the action.
    bool counts(const Look& look, const Candidate& candidate);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<CrowdRow> rows_{"unusual_access.crowds", 5'000};  // cluster, peers, action, client
};

}  // namespace redshank::access
