// Who made which object, for rules that ask object.ownAge: taking away what one made oneself a short while
// ago is no attack (previews, test runs), taking away what others live on may be one.
#pragma once

#include <optional>
#include <string>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"

namespace redshank::by_rule {

struct MadeRow {
    std::string user;  // as the server says it
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
    // A creation is remembered; of a deletion, how many seconds ago the caller made the object.
    std::optional<double> see(const Observation& observation, bool answers);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<MadeRow> rows_{"rule.made", 20'000};  // cluster, a hash of the object
};

}  // namespace redshank::by_rule
