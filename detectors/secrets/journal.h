// The last RBAC writes, for saying afterwards which of them opened or closed something: at Metadata level the
// log tells that a binding or role was written, but not what it says.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "detectors/rbac/write.h"
#include "detectors/secrets/cause.h"

namespace redshank::secrets {

class Journal {
  public:
    static constexpr size_t kMax = 1000;

    // Writes of RBAC, and (neither roles nor bindings) the making of namespaces and service accounts.
    void add(const rbac::Write& write, const Cause& cause);

    // The newest write, in (after, until], of the binding or of its role, as that makes a grant; nothing when
    // the journal has none. What the aggregation controller wrote is blamed on the edit that made it write.
    struct Wanted {
        std::string_view binding_namespace, binding_name, role_namespace, role_name;
    };
    std::optional<Cause> opening(const Wanted& wanted, audit::Time after, audit::Time until) const;

    // The newest write in (after, until] that may have widened the grant: it created the binding or its role,
    // or changed either by another hand than those that wrote it before. Not by the control plane, nor by a
    // service account that was seen writing RBAC a day earlier: that is automation at its work.
    std::optional<Cause> making(const Wanted& wanted, audit::Time after, audit::Time until) const;
    // The write in (after, until] that created the binding, by the control plane excepted.
    std::optional<Cause> creation(const Wanted& wanted, audit::Time after, audit::Time until) const;
    // Whether the namespace, or the service account, was created within an hour of the time.
    bool namespace_born_near(std::string_view name, audit::Time time) const;
    bool account_born_near(std::string_view namespace_, std::string_view name, audit::Time time) const;
    // Whether the object was written at this time or later.
    bool has_written(const rbac::Object& object, audit::Time since) const;

    // The person's edit of a ClusterRole behind a write of the aggregation controller at `time`, that gave
    // rights or took them: the lines of both come within milliseconds, in any order. One that could not have
    // done it (a creation takes nothing, a deletion gives nothing) is not it. Nothing when there is none.
    enum class Did : uint8_t { Give, Take };
    std::optional<Cause> edit_behind(audit::Time time, Did did) const;

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix);

  private:
    struct Entry;
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
    std::deque<Entry> entries_;
    uint64_t next_ = 1, saved_to_ = 1, erased_to_ = 1;  // numbers below are in the state, or gone from it
};

}  // namespace redshank::secrets
