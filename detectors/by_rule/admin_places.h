// The networks from which people with all rights use them. Whoever holds the credential of such a person, but
// not the person's place, is seen by that.
#pragma once

#include <string>
#include <string_view>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "detectors/by_rule/habit.h"

namespace redshank::by_rule {

struct AdminPlace {
    Days days;
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("days", days);
    }
};
inline auto worth(const AdminPlace& row) {
    return std::pair(row.days.count > 1, row.days.counted);
}

class AdminPlaces {
  public:
    // Call it with every event. Whether the caller uses all rights (see is_by_cluster_admin()) in a network
    // where it did so on an earlier day.
    bool see(const Observation& observation);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<AdminPlace> rows_{"rule.admin_places", 5'000};  // cluster, actor, network
    std::string key_;                                            // of the last look-up
};

}  // namespace redshank::by_rule
