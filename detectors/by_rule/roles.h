// Roles that reach little (rbac::reaches_little), as the log last showed them, for rules that judge who gets
// a role by what it gives. A role of which the log shows no body is unknown, and counts as one that reaches
// much.
#pragma once

#include <string>
#include <string_view>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "detectors/by_rule/made.h"
#include "detectors/rbac/write.h"
#include "rules/context.h"

namespace redshank::by_rule {

struct SmallRoleRow {
    audit::Time last{};         // when it was last shown or given
    bool is_everyones = false;  // bound to all who log in, or to all service accounts
};
template <class V>
void describe(V& v, SmallRoleRow& row) {
    v.as_array();
    v.must("last", micros(row.last));
    v.must("is_everyones", row.is_everyones);
}
inline auto worth(const SmallRoleRow& row) {
    return std::pair(row.is_everyones, row.last);
}

class Roles {
  public:
    // Whether see() has anything to do with the event.
    static bool concerns(const audit::Event& event);
    // Call it before rules are evaluated, with events that answer: fills in what is known of the role that a
    // binding names, and of a role that is written; then remembers what the request did.
    void see(const Observation& observation, const Made& made, rules::Beside& beside);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    void see_role(const rbac::Write& write, const Observation& observation, rules::Beside& beside);
    void see_binding(const rbac::Binding& binding, const Observation& observation, rules::Beside& beside);
    bool binds_little(const rbac::Role& role, std::string_view cluster) const;

    BoundedTable<SmallRoleRow> rows_{"rule.small_roles", 10'000};  // cluster, namespace, name
};

}  // namespace redshank::by_rule
