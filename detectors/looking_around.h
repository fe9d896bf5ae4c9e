// A client that lists whatever there is when it starts (k9s, desktop clients, dashboards): many kinds of the
// whole cluster within a minute, Secrets among them. Told by the shape, since the tool may be called
// anything. Of people with all rights: they see nothing that they could not see in any other way. Pipeline
// thread only.
#pragma once

#include <string>
#include <vector>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"

namespace redshank {

// What somebody listed or watched without a longer pause.
struct LookingRow {
    int64_t last = 0;  // microseconds
    std::string from;  // address and client
    std::vector<std::string> kinds;

    template <class V>
    void describe(V& v) {
        v.must("last", last);
        v.must("from", from);
        v.must("kinds", kinds);
    }
};
inline int64_t worth(const LookingRow& row) {
    return row.last;
}

class LookingAround {
  public:
    static constexpr size_t kKinds = 10;  // beside Secrets; `kubectl get all` asks for nine, of one namespace

    // `table` is where they are kept in the state.
    explicit LookingAround(const std::string& table) : rows_(table, 1'000) {}

    // Call it with every request. Whether it shows all Secrets to somebody who looks around.
    bool see(const Observation& observation);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<LookingRow> rows_;  // cluster, user
};

}  // namespace redshank
