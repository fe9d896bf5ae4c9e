// The networks from which people with all rights use them. Whoever holds the credential of such a person, but
// not the person's place, is seen by that. And the service accounts with all rights: whoever gets a token of
// one has them too.
#pragma once

#include <string>
#include <string_view>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "detectors/by_rule/habit.h"

namespace redshank::by_rule {

struct AdminPlace : DaysRow {};
inline auto worth(const AdminPlace& row) {
    return std::pair(row.days.count > 1, row.days.counted);
}

struct MightyRow {
    int64_t last = 0;   // microseconds; exact to an hour
    std::string agent;  // of its Pods, and the days on which they used it
    Days days;
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("last", last);
        v("agent", agent);
        v("days", days);
    }
};
inline int64_t worth(const MightyRow& row) {
    return row.last;
}

class AdminPlaces {
  public:
    // Call it with every event. Whether the caller uses all rights (see is_by_cluster_admin()) in a network
    // where it did so on an earlier day.
    bool see(const Observation& observation);
    // Whether the object is, or is of, a service account that used all rights within the last 30 days.
    bool is_of_mighty(const Observation& observation) const;
    // Whether the sender is a Pod of an account that has used all rights on three earlier days, with its own
    // client: who installs by it could always do so.
    bool is_old_program(const Observation& observation) const;

    uint64_t evictions() const { return rows_.evictions() + mighty_.evictions(); }
    void load(const StateReader& state) {
        rows_.load(state);
        mighty_.load(state);
    }
    void save(StateWriter& state) {
        rows_.save(state);
        mighty_.save(state);
    }

  private:
    void note_mighty(const Observation& observation);

    BoundedTable<AdminPlace> rows_{"rule.admin_places", 5'000};      // cluster, actor, network
    BoundedTable<MightyRow> mighty_{"rule.mighty_accounts", 5'000};  // cluster, namespace, account
    std::string key_;                                                // of the last look-up
};

}  // namespace redshank::by_rule
