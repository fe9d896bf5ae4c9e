// The last RBAC writes, kept to find out later which of them opened or closed a window: at Metadata level the
// log shows that a binding or role was written, but not its content.
#pragma once

#include <optional>
#include <string>

#include "core/state/bounded_table.h"
#include "detectors/rbac/write.h"
#include "detectors/secrets/cause.h"

namespace redshank::secrets {

class Journal {
  public:
    static constexpr size_t kMax = 1000;

    Journal();

    // Takes writes of RBAC, and creations of namespaces and service accounts (which set neither roles nor
    // bindings).
    void add(const rbac::Write& write, const Cause& cause);

    // The newest write in (after, until] of the binding or role that makes a grant; nothing when the journal
    // has none. Writes of the aggregation controller are attributed to the edit that caused them.
    struct Wanted {
        std::string_view binding_namespace, binding_name, role_namespace, role_name;
    };
    std::optional<Cause> opening(const Wanted& wanted, audit::Time after, audit::Time until) const;

    // The newest write in (after, until] that may have widened the grant: one that created the binding or its
    // role, or a change by another writer than before. Writes of the control plane, and of service accounts
    // that wrote RBAC a day earlier (automation), do not count.
    std::optional<Cause> making(const Wanted& wanted, audit::Time after, audit::Time until) const;
    // The write in (after, until] that created the binding, unless the control plane did.
    std::optional<Cause> creation(const Wanted& wanted, audit::Time after, audit::Time until) const;
    // Whether the namespace, or the service account, was created within an hour of the time.
    bool namespace_born_near(std::string_view name, audit::Time time) const;
    bool account_born_near(std::string_view namespace_, std::string_view name, audit::Time time) const;
    // Whether the object was written at this time or later.
    bool has_written(const rbac::Object& object, audit::Time since) const;

    // The edit of a ClusterRole that caused the aggregation controller's write at `time`, which gave or took
    // rights: the lines of both come within milliseconds, in any order. An edit that cannot be the cause is
    // excluded (a creation takes nothing, a deletion gives nothing). Nothing when there is none.
    enum class Did : uint8_t { Give, Take };
    std::optional<Cause> edit_behind(audit::Time time, Did did) const;

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix) { entries_.save(state, prefix); }

  private:
    struct Entry;
    static bool touches(const Entry& entry, const Wanted& wanted);
    template <class Holds>
    bool any(Holds holds) const;
    // The newest entry in (after, until] for which it holds, or null.
    template <class Holds>
    const Entry* newest(audit::Time after, audit::Time until, Holds holds) const;
    bool is_automation(const Entry& entry) const;
    bool is_usual_hand(const Entry& entry) const;

    struct Entry {
        uint64_t number = 0;
        rbac::Write write;  // without its object
        Cause cause;

        template <class V>
        void describe(V& v) {
            v.must("cause", cause);
            v("roles", write.roles);
            v("bindings", write.bindings);
            v("namespace", write.namespace_);
            v.must("names", write.names);
            v("removed", write.removed);
            v("created", write.created);
            v("by_aggregator", write.by_aggregator);
        }
    };
    BoundedTable<Entry, OrderedNumber<12>> entries_;  // by number
    uint64_t next_ = 1;
};

}  // namespace redshank::secrets
