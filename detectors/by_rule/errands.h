// What a controller does because it was asked to. An operator of old (it has written the status of a custom
// resource for days) makes workloads where it works, minutes after somebody with all rights, at home, has
// changed such a resource, or what runs in the operator's own namespace: it carries that out. So does a
// provisioner (it has watched the claims for volumes of the whole cluster for days) after anybody has made a
// claim, and a controller that has all rights itself, without being asked: it reaches nothing new. From
// another place, in another namespace, or by another account nothing explains it. And a program that was
// installed within the week puts onto the nodes what it was given the right to: it makes DaemonSets, in any
// namespace, with the client of its first day.
#pragma once

#include <optional>
#include <string>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "detectors/by_rule/habit.h"

namespace redshank::by_rule {

// The last change of a custom resource of this kind, the last new claim, or of a workload in this namespace.
struct AskedRow {
    audit::Time time{}, last{};  // of the change; of the newest act that carries it out
    std::string words;           // "jana changed clusterpolicies.example.com main"
    template <class V>
    void describe(V& v) {
        v.must("time", micros(time));
        v.must("last", micros(last));
        v.must("words", words);
    }
};
inline audit::Time worth(const AskedRow& row) {
    return row.last;
}

class Errands {
  public:
    // Call it for every request that answers, before `habits` learn from it. Returns why this is an errand,
    // in words ("3 s after jana changed …, which it looks after"); "" when it is none. Valid until the next
    // call.
    // `given`: see Bindings::given_by_installer().
    std::string_view see(const Observation& observation, const RuleHabits& habits, bool is_admin_at_home,
                         const std::optional<audit::Duration>& given);

    // Whether the log shows somebody asking for it who may: an administrator at home, or by a new claim.
    bool is_asked() const { return is_asked_; }

    uint64_t evictions() const { return asked_.evictions(); }
    void load(const StateReader& state) { asked_.load(state); }
    void save(StateWriter& state) { asked_.save(state); }

  private:
    void note(const Observation& observation);
    std::string_view work_of(const Observation& observation, const RuleHabits& habits);
    bool follows(std::string_view cluster, std::string_view what, audit::Time now);

    BoundedTable<AskedRow> asked_{"rule.asked",
                                  5'000};  // cluster, and controlled_kind() or controlled_namespace()
    std::string words_;
    bool is_asked_ = false;
};

}  // namespace redshank::by_rule
