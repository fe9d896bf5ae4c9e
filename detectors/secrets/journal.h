// The last RBAC writes, for saying afterwards which of them opened or closed something: at Metadata level the
// log tells that a binding or role was written, but not what it says.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "detectors/rbac/write.h"
#include "detectors/secrets/cause.h"

namespace redshank {

class Journal {
  public:
    static constexpr size_t kMax = 1000;

    void add(const rbac::Write& write, const Cause& cause);

    // The newest write, in (after, until], of the binding or of its role, as that makes a grant; nothing when
    // the journal has none. What the aggregation controller wrote is blamed on the edit that made it write.
    struct Wanted {
        std::string_view binding_namespace, binding_name, role_namespace, role_name;
    };
    std::optional<Cause> opening(const Wanted& wanted, audit::Time after, audit::Time until) const;

    // The person's edit of a ClusterRole behind a write of the aggregation controller at `time`: the lines of
    // both come within milliseconds, in any order. Nothing when there is none.
    std::optional<Cause> edit_behind(audit::Time time) const;

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix);

  private:
    struct Entry {
        uint64_t number = 0;
        rbac::Write write;  // without its object
        Cause cause;
    };
    std::deque<Entry> entries_;
    uint64_t next_ = 1, saved_to_ = 1, erased_to_ = 1;  // numbers below are in the state, or gone from it
};

}  // namespace redshank
