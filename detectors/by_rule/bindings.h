// Knowledge about bindings from the log: the role of each, from the reasons of requests that it allowed and
// the bodies that wrote it; and bindings that come into use although the log never showed their creation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "rules/context.h"

namespace redshank::by_rule {

struct BindingRow {
    std::string role;     // "" while neither a body nor a reason showed it
    audit::Time first{};  // when it was first seen, written or used
    bool is_made = false;
    bool is_installed = false;  // by somebody whose role it is; see rules field actor.installs
    std::string agent;          // of the Pod that used such a one first
    bool is_great = false;      // of a role that gives everything, as it was written or used last
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("role", role);
        v.must("first", micros(first));
        v.must("is_made", is_made);
        v("is_installed", is_installed);
        v("agent", agent);
        v("is_great", is_great);
    }
};
inline audit::Time worth(const BindingRow& row) {
    return row.first;
}

class Bindings {
  public:
    // Call it with every event before rules are evaluated: fills in what is known about the event's grant and
    // the binding that it is about. `since` is the beginning of the cluster's log. Views are valid until
    // learn().
    void see(const Observation& observation, audit::Time since, rules::Beside& beside);
    // Since when the sender, a program with the client of its first day, has had the grant that somebody gave
    // it whose role it is to install; nothing on the first day, of which actor.installs tells, and after a
    // week. Of the event of the last see().
    std::optional<audit::Duration> given_by_installer() const { return given_; }
    // Whether the event writes a binding, so that learn() must be called.
    static bool is_write(const audit::Event& event);
    // `context` must be at the event.
    void learn(const Observation& observation, rules::Context& context);

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) {
        known_.clear();
        rows_.load(state);
    }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    void see_grant(const Observation& observation, const audit::Grant& grant, audit::Time since,
                   rules::Beside& beside);
    BindingRow& row(const std::string& key, audit::Time now);

    BoundedTable<BindingRow> rows_{"rule.bindings", 20'000};  // cluster, namespace, name
    // By the symbols of reasons, which spares 400 instructions for a key of text: null for those of which
    // there is nothing to say; of the others, the row. Cleared before a row is written, erased or evicted.
    std::unordered_map<uint64_t, const BindingRow*> known_;
    std::optional<audit::Duration> given_;
};

}  // namespace redshank::by_rule
