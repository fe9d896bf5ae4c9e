#pragma once

#include <string>
#include <unordered_set>

#include "core/request/request.h"
#include "core/state/bounded_table.h"
#include "detectors/renames.h"
#include "detectors/secrets/doubt.h"

namespace redshank::secrets {

// Whom the log has shown for a day, in its first week. A first Secret of such a caller is something new; of
// anybody else so young a log, or one API server's of several, cannot know that: a job of every night or week
// may only not have been seen. For one cluster. Pipeline thread only.
class Callers {
  public:
    static constexpr size_t kMax = 10'000;  // beyond, the tenth that came last goes
    static constexpr audit::Duration kWeek = std::chrono::hours{7 * 24};  // a log as old knows everybody

    // Call it for every request that answers, with the time of the log's first event. People are in Renames.
    void observe(const Request& request, audit::Time since) {
        if (Renames::notes(request)) return;
        const audit::Time now = request.event.stage_time;
        if (now - since >= kWeek) {
            if (!rows_.empty()) rows_.clear();
            seen_.clear();
            return;
        }
        if (seen_.size() >= kMax) seen_.clear();
        if (!seen_.insert(request.actor.symbol).second || rows_.contains(request.event.user.username)) return;
        rows_.change(request.event.user.username).first = now;
    }

    // The log is too young to know that the caller never did this. `known` is since when Renames knows them.
    bool is_unknown(const Request& request, audit::Time since, audit::Time known) const {
        const audit::Time now = request.event.stage_time;
        if (now - since >= kWeek) return false;
        if (const Row* row = rows_.find(request.event.user.username)) known = row->first;
        return known == audit::Time{} || now - known < kYoungGrant;
    }

    uint64_t evictions() const { return rows_.evictions(); }
    void load(const StateReader& state, const std::string& prefix) { rows_.load(state, prefix); }
    void save(StateWriter& state, const std::string& prefix) { rows_.save(state, prefix); }

  private:
    struct Row {
        audit::Time first{};

        template <class V>
        void describe(V& v) {
            v.must("first", first);
        }
        friend int64_t worth(const Row& row) { return -row.first.time_since_epoch().count(); }
    };

    BoundedTable<Row> rows_{"secret_exposure.callers", kMax};
    std::unordered_set<uint64_t> seen_;  // symbols of actors that are in the table: a shortcut
};

}  // namespace redshank::secrets
