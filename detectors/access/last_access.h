// When did X last access cluster Y? Exact and durable: the newest request time wins, whatever the order of
// lines. The tables and their keys are read by `redshank last-access` too; docs/state.md describes them.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/request/observation.h"
#include "core/request/request_kind.h"
#include "core/state/bounded_table.h"
#include "core/state/key.h"
#include "core/state/shared_rows.h"
#include "core/state/shared_text.h"
#include "detectors/access/config.h"

namespace redshank::access {

// Keys are parts joined by '\x1f', so that a prefix selects all rows of a user, or of a user in a cluster.
inline constexpr std::string_view kLastAccess = "unusual_access.last_access";  // user, uid, cluster, via
// namespace, user, uid, cluster, via
inline constexpr std::string_view kLastAccessByNamespace = "unusual_access.last_access_by_namespace";
// user, uid, cluster, via, resource
inline constexpr std::string_view kLastAccessByResource = "unusual_access.last_access_by_resource";
inline constexpr std::string_view kFailedLogins = "unusual_access.failed_authentication";  // cluster, network
inline constexpr std::string_view kWatching = "unusual_access.watching";                   // cluster

// The accesses of one identity in one cluster, namespace or resource.
struct AccessRow {
    int64_t first = 0, last_success = 0, last_denied = 0;  // microseconds since 1970; 0: never
    int64_t successes = 0, denials = 0;
    SharedText source, agent, verb, object;  // of the last request: "secrets shop/db"

    int64_t last() const { return std::max(last_success, last_denied); }
};
template <class V>
void describe(V& v, AccessRow& row) {
    v.must("first", row.first);
    v("last_success", row.last_success);
    v("last_denied", row.last_denied);
    v("successes", row.successes);
    v("denials", row.denials);
    int64_t last = row.last();
    v.must("last", last);  // for who reads the state: it follows from the others
    v("source", row.source);
    v("agent", row.agent);
    v("verb", row.verb);
    v("object", row.object);
}
inline auto worth(const AccessRow& row) {
    return std::pair(row.successes + row.denials >= 3, row.last());
}

// What was known about an actor before a request; all 0 for a newcomer.
struct Acquaintance {
    int64_t first = 0, last = 0, last_success = 0, requests = 0;
};

// The time since which a cluster is watched, and the gaps in it.
struct WatchingRow {
    struct Gap {
        int64_t from = 0, to = 0;
    };
    int64_t since = 0, last = 0, gap_count = 0;
    std::vector<Gap> gaps;  // the newest 32
};
template <class V>
void describe(V& v, WatchingRow::Gap& row) {
    v.as_array();
    v.must("from", row.from);
    v.must("to", row.to);
}
template <class V>
void describe(V& v, WatchingRow& row) {
    v.must("since", row.since);
    v.must("last", row.last);
    v("gap_count", row.gap_count);
    v("gaps", row.gaps);
}
inline int64_t worth(const WatchingRow& row) {
    return row.last;
}

// What is before and behind the first kMarks marks of a key.
template <size_t kMarks>
struct AccessParts {
    KeyParts operator()(std::string_view key) const {
        size_t cut = 0;
        for (size_t i = 0; i < kMarks && cut != std::string_view::npos; ++i) {
            cut = key.find(kKeyMark, cut);
            if (cut != std::string_view::npos) ++cut;
        }
        return {key.substr(0, cut), cut == std::string_view::npos ? std::string_view() : key.substr(cut)};
    }
};

class LastAccess {
  public:
    // `config` must outlive this object.
    explicit LastAccess(const Config& config) : LastAccess(config, std::make_shared<TextPool>()) {}

    // Call it with events that answer a request, all of one cluster. `peer` is the source address that is
    // trusted. Returns what was known before about the effective user: of his own requests, and of those
    // through this sender.
    Acquaintance observe(const Observation& observation, std::string_view peer);

    const WatchingRow* watching(std::string_view cluster) const { return watching_.find(cluster); }

    size_t rows() const { return users_.size() + namespaces_.size() + resources_.size(); }
    uint64_t evictions() const;

    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    static constexpr size_t kOfUser = 4;  // parts of a user's key
    template <size_t kMarks>
    using Table = BoundedTable<AccessRow, SharedKeys<AccessParts<kMarks>>>;
    LastAccess(const Config& config, const std::shared_ptr<TextPool>& texts);

    // What a row says of its last request.
    struct Deed {
        SharedText source, agent, verb, object;
        size_t before_name = 0;  // bytes of `object` before the name; SIZE_MAX: it is cut
    };
    // The rows in which a request is counted. Requests of one kind share them, and the deed but for the
    // object's name. Valid while removals() stays the same.
    struct Rows {
        Table<kOfUser>::Handle user, of_resource;
        Table<1>::Handle in_namespace;
        bool has_namespace = false, has_resource = false;
        uint64_t removals = 0;
        Deed deed;
    };
    Rows rows_of(const audit::User& user, std::string_view via, const Observation& observation,
                 std::string_view peer);
    Acquaintance known(const Request& request, std::string_view cluster) const;
    void watch(const Observation& observation);
    uint64_t removals() const { return users_.removals() + namespaces_.removals() + resources_.removals(); }
    Deed deed_of(const audit::Event& event, std::string_view peer);
    void note_object(Deed& deed, const audit::ObjectRef& object);
    static void update(AccessRow& row, const Request& request, const Deed& deed);
    void count(const Rows& rows, const Request& request);

    const Config& config_;
    Table<kOfUser> users_;
    Table<1> namespaces_;
    Table<kOfUser> resources_;
    BoundedTable<AccessRow> failed_;
    BoundedTable<WatchingRow> watching_;
    BoundedTable<WatchingRow>::Handle watched_;  // of the last event's cluster, while removals() is the same
    uint64_t watched_removals_ = UINT64_MAX;
    PerKind<Rows> kinds_;  // of requests without impersonation
    std::string text_;     // of an object
};

}  // namespace redshank::access
