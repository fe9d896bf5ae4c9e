#pragma once

#include <string>

#include "core/request/request.h"
#include "core/request/rights.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "detectors/secrets/doubt.h"

namespace redshank::secrets {

// Since when each person works with all rights, by which grant, and each Pod's account, with which client
// from where: one who has done so for longer than kYoungGrant reaches nothing new by a first Secret. For one
// cluster. Pipeline thread only.
class Admins {
  public:
    static constexpr size_t kMax = 1000;  // callers and grants; beyond, the tenth seen least recently goes

    // Call it for every request that answers.
    void observe(const Request& request) {
        if (!has_all_rights(request)) return;
        const audit::Time now = request.event.stage_time;
        // All that a row's key is made of is of the kind: 1,500 instructions less for most requests.
        const Noted* noted = noted_.find(request.kind);
        if (noted && noted->removals == rows_.removals() && now - noted->last < kPause) return;
        const std::string key = key_of(request);
        const Row* known = rows_.find(key);
        if (!known || now - known->last >= kPause) {
            const bool is_new = !known;
            Row& row = rows_.change(key);
            if (is_new) row.first = now;
            row.last = std::max(row.last, now);
            known = &row;
        }
        noted_.put(request.kind, {known->last, rows_.removals()});
    }

    bool is_old(const Request& request) const {
        const Row* row = has_all_rights(request) ? rows_.find(key_of(request)) : nullptr;
        return row && request.event.stage_time - row->first >= kYoungGrant;
    }

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state, const std::string& prefix) { rows_.load(state, prefix); }
    void save(StateWriter& state, const std::string& prefix) { rows_.save(state, prefix); }

  private:
    struct Row {
        audit::Time first{}, last{};

        template <class V>
        void describe(V& v) {
            v.must("first", first);
            v.must("last", last);
        }
        friend audit::Time worth(const Row& row) { return row.last; }
    };

    // Once in so long is enough to know who is still there.
    static constexpr audit::Duration kPause = std::chrono::hours{1};
    // The row of requests of a kind: when it was last written, and how many were removed until then.
    struct Noted {
        audit::Time last{};
        uint64_t removals = 0;
    };

    static bool is_pod(const Request& request) {
        return request.actor.is_pod() && !request.event.is_impersonated;
    }
    static bool has_all_rights(const Request& request) {
        return is_by_cluster_admin(request) ||
               (is_pod(request) && is_through_cluster_admin(request) && !is_refusal(request.verdict));
    }
    // A person may be anywhere; a Pod's token elsewhere, or with another client, is in other hands.
    static std::string key_of(const Request& request) {
        if (!is_pod(request)) return row_key({request.event.user.username, granted_by(request)});
        return row_key(
            {request.event.user.username, granted_by(request), request.peer.network, request.agent.product});
    }

    BoundedTable<Row> rows_{"secret_exposure.admins", kMax};
    PerKind<Noted> noted_;
};

}  // namespace redshank::secrets
