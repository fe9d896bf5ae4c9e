// What the log tells about bindings: the role of each, from the reasons of what they let through and from the
// bodies that made them; and which of them come into use without ever having been made.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "rules/context.h"

namespace redshank::by_rule {

struct BindingRow {
    std::string role;     // "" when neither a body nor a reason told it yet
    audit::Time first{};  // when it was first seen, made or used
    bool is_made = false;
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("role", role);
        v.must("first", micros(first));
        v.must("is_made", is_made);
    }
};
inline audit::Time worth(const BindingRow& row) {
    return row.first;
}

class Bindings {
  public:
    // `since`: when the log of the cluster begins. Of each event, before rules ask: what is known of its
    // grant and of the binding that it is about. Views are good until learn().
    void see(const Observation& observation, audit::Time since, rules::Beside& beside);
    // The event writes a binding: learn() is wanted.
    static bool is_write(const audit::Event& event);
    // `context` is at the event.
    void learn(const Observation& observation, rules::Context& context);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    void see_grant(const Observation& observation, const audit::Grant& grant, audit::Time since,
                   rules::Beside& beside);
    BindingRow& row(const std::string& key, audit::Time now);

    BoundedTable<BindingRow> rows_{"rule.bindings", 20'000};  // cluster, namespace, name
    std::unordered_set<uint64_t> known_;                      // reasons that are in the table: a short way
};

}  // namespace redshank::by_rule
