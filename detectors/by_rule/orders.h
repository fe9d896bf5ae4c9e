// Orders to controllers that install. A GitOps controller applies for the whole cluster what a custom
// resource says; so whoever writes one acts with the controller's rights. Such a controller is told by what
// it does: it has the role to apply objects (RuleHabits::is_installer), and for three days it has written the
// status of the kind, or changed objects of it in its own namespace (kinds without the subresource status).
#pragma once

#include <string>
#include <unordered_map>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "detectors/by_rule/habit.h"

namespace redshank::by_rule {

// A kind that a controller carries out.
struct CarriedRow : DaysRow {};
inline audit::Time worth(const CarriedRow& row) {
    return row.days.counted;
}

// Who wrote objects of such a kind; exact to an hour.
struct OrdererRow {
    audit::Time last{};
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("last", micros(last));
    }
};
inline audit::Time worth(const OrdererRow& row) {
    return row.last;
}

class Orders {
  public:
    // Call it with every request. Whether it writes an object that a controller carries out, by an account
    // that wrote none of the kind within the last 30 days and is no such controller itself.
    bool see(const Observation& observation, const RuleHabits& habits);

    uint64_t evictions() const { return carried_.evictions() + orderers_.evictions(); }
    void load(const StateReader& state) {
        noted_.clear();
        carried_.load(state);
        orderers_.load(state);
    }
    void save(StateWriter& state) {
        carried_.save(state);
        orderers_.save(state);
    }

  private:
    void note_work(const std::string& kind, const Observation& observation, const RuleHabits& habits);

    BoundedTable<CarriedRow> carried_{"rule.carried_out", 2'000};  // cluster, controlled_kind()
    BoundedTable<OrdererRow> orderers_{"rule.orderers", 5'000};    // cluster, controlled_kind(), account
    // RequestKind::symbol → the day on which requests of this kind change nothing any more: a shortcut.
    std::unordered_map<uint64_t, int64_t> noted_;
};

}  // namespace redshank::by_rule
