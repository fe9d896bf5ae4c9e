// Records who created which object, for rules that use object.ownAge: deleting what one created a short time
// ago is no attack (previews, test runs); deleting what others depend on may be one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"

namespace redshank::by_rule {

struct MadeRow {
    std::string user;  // as the server logs it
    audit::Time time{};
};
template <class V>
void describe(V& v, MadeRow& row) {
    v.as_array();
    v.must("user", row.user);
    v.must("time", micros(row.time));
}
inline audit::Time worth(const MadeRow& row) {
    return row.time;
}

class Made {
  public:
    // Remembers a creation. For a deletion, and for a change of a namespace, returns how many seconds ago the
    // caller created the object.
    std::optional<double> see(const Observation& observation, bool answers);
    // Whether the caller made this namespace within the last hour.
    bool is_fresh(std::string_view namespace_, const Observation& observation) const;

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<MadeRow> rows_{"rule.made", 20'000};  // cluster, a hash of the object
};

}  // namespace redshank::by_rule
