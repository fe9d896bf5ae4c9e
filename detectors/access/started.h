// Pods that somebody with all rights, at home, has just started: an installer's Job, a platform's Pod that
// runs helm. The API server says in which Pod a token is at home, and a Job's Pods have its name.
#pragma once

#include <string>

#include "core/state/bounded_table.h"
#include "detectors/access/look.h"

namespace redshank::access {

// The last making of a Pod, or of a Job.
struct StartedRow {
    int64_t time = 0;  // microseconds
    std::string user;  // who made it
};
template <class V>
void describe(V& v, StartedRow& row) {
    v.as_array();
    v.must("time", row.time);
    v.must("user", row.user);
}
inline auto worth(const StartedRow& row) {
    return row.time;
}

class StartedPods {
  public:
    // Whether the request makes a Pod or a Job.
    static bool is_start(const audit::Event& event);
    // Call it for those. `is_vouched`: the maker has all rights and is at home. Whoever else makes one of the
    // name takes that away.
    void note(const Look& look, bool is_vouched);
    // Of the Pod whose token the request uses, when it was started within the last hour; null for others, and
    // for refused requests.
    const StartedRow* of(const Look& look) const;

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<StartedRow> rows_{"unusual_access.started_pods", 5'000};  // cluster, namespace, name
};

}  // namespace redshank::access
