// ClusterRoles of a company's own that give everything, as cluster-admin does ("platform-owner"): who has one
// in the whole cluster is an administrator. No name tells it. What does:
// - The rules, where the log showed them a day ago or earlier: a write, or an answer to a read.
// - What people have done by it on days before this one, where the role is older than the log or the policy
//   shows no bodies. The API server lets nobody give rights that he has not
//   (pkg/registry/rbac/escalation_check.go), so that whoever writes a binding to cluster-admin, or a role
//   that gives everything, has everything, or the right to take it; two days show it. And who reads Secrets,
//   writes rights, runs code in Pods, and changes nodes, webhooks or definitions, all by one grant for the
//   whole cluster, is stopped by nothing; three days with all four show it.
// Nothing of today counts: an attack does not vouch for itself. Of one cluster. Pipeline thread only.
#pragma once

#include <array>

#include "core/request/request.h"
#include "core/state/bounded_table.h"
#include "detectors/days.h"
#include "detectors/rbac/write.h"

namespace redshank {

struct GreatRoleRow {
    audit::Time shown{};                 // since when the log shows rules that give everything
    Days proven;                         // somebody gave everything
    Days ways;                           // one of the four ways was taken
    std::array<audit::Time, 4> first{};  // when each was taken for the first time

    bool is_great(audit::Time now) const;

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("shown", micros(shown));
        v.must("proven", proven);
        v.must("ways", ways);
        v.must("secrets", micros(first[0]));
        v.must("rights", micros(first[1]));
        v.must("code", micros(first[2]));
        v.must("cluster", micros(first[3]));
    }
    friend auto worth(const GreatRoleRow& row) {
        return std::tuple(row.shown != audit::Time{}, row.proven.count, row.ways.counted);
    }
};

class GreatRoles {
  public:
    // Call it with every request, before the detectors are asked: whether its grant gives everything.
    // `answers`: see Observation.
    bool see(const Request& request, bool answers, audit::Time now);

    // Whether the last request that was seen writes a binding to such a role, or to one of which the log has
    // only today shown that it gives everything.
    bool is_given() const { return is_given_; }

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state) { rows_.load(state); }
    void save(StateWriter& state) { rows_.save(state); }

  private:
    // `write`: of RBAC, by the request; null for none.
    void read_roles(const audit::Event& event, const rbac::Write* write, audit::Time now);
    void note_use(const Request& request, const rbac::Write* write, audit::Time now);
    bool gives_everything(const audit::Event& event, const rbac::Write* write, audit::Time now) const;
    bool gives_great_role(const rbac::Write& write, audit::Time now) const;
    bool is_known(std::string_view role, audit::Time now) const;
    // What the grant of requests with this reason is. Requests have few reasons, and most have one for the
    // whole cluster: to look at it each time takes 280 instructions an event.
    struct Met {
        uint64_t reason = 0;                // symbol; 0: none
        bool may_be_great = false;          // for the whole cluster, and not Kubernetes' own role
        const GreatRoleRow* row = nullptr;  // of its role; null while there is none
    };
    const Met& meet(const GrantReason& reason);

    BoundedTable<GreatRoleRow> rows_{"engine.great_roles", 1'000};  // name of a ClusterRole
    std::array<Met, 256> met_;  // by reason, as long as the table has the same rows
    size_t rows_met_ = 0;       // how many those were
    uint64_t removals_met_ = 0;
    bool is_given_ = false;
};

}  // namespace redshank
