// Parts of an installation of which the log shows the whole body, and that it gives no great right: what an
// operator or an agent is made of when it only looks. What the log does not show is not modest.
#pragma once

#include "core/request/request.h"
#include "core/state/bounded_table.h"
#include "detectors/access/habit.h"

namespace redshank::access {

// Roles that are modest (rbac::is_modest), as the log last showed them.
class ModestRoles {
  public:
    // Call it with every request that answers, after is_modest_part().
    void note(std::string_view cluster, const Request& request);
    // A role that is modest; a binding of one that is, to service accounts only; an account; a workload that
    // stays in its containers (but for the logs of Pods, which it reads); webhooks that ask no URL, see no
    // Secrets, and change custom resources only.
    bool is_modest_part(std::string_view cluster, const Request& request) const;

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    BoundedTable<HabitCell> rows_{"unusual_access.modest_roles", 5'000};  // cluster, namespace, name
};

// A debug container without privileges of its own: what a command in the Pod reaches.
bool adds_plain_container(const audit::Event& event);

}  // namespace redshank::access
