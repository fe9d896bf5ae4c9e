// Records who created which object, for rules that use object.ownAge: deleting what one created a short time
// ago is no attack (previews, test runs); deleting what others depend on may be one. Who has only deleted
// namespaces that he made, or that are named like these, deletes another's with the same right
// (object.isAnothers).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/describe.h"

namespace redshank::by_rule {

struct MadeRow {
    std::string user;  // as the server logs it
    audit::Time time{};
};
template <class V>
void describe(V& v, MadeRow& row) {
    v.as_array();
    v.must("user", row.user);
    v.must("time", micros(row.time));
}
inline audit::Time worth(const MadeRow& row) {
    return row.time;
}

// An account that deletes namespaces which it made.
struct TidyRow {
    static constexpr int64_t kTidy = 3;  // so many: that is what the account does
    static constexpr size_t kMostFamilies = 16;
    audit::Time last{};
    int64_t own = 0;                    // how many of them
    std::vector<std::string> families;  // stems of their names
};
template <class V>
void describe(V& v, TidyRow& row) {
    v.as_array();
    v.must("last", micros(row.last));
    v.must("own", row.own);
    v.must("families", row.families);
}
inline auto worth(const TidyRow& row) {
    return std::pair(row.own >= TidyRow::kTidy, row.last);
}

class Made {
  public:
    // Remembers a creation. For a deletion, and for a change of a namespace, returns how many seconds ago the
    // caller created the object.
    std::optional<double> see(const Observation& observation, bool answers);
    // Call it after see(). Whether the request deletes a namespace that the caller did not make, though all
    // that it deletes are its own: three or more, and none named like this one.
    bool deletes_anothers(const Observation& observation, const std::optional<double>& own_age);
    // Whether the log shows that the caller made this namespace.
    bool is_own(std::string_view namespace_, const Observation& observation) const;
    // Whether the caller made this namespace within the last hour.
    bool is_fresh(std::string_view namespace_, const Observation& observation) const;
    // Whether kube-system was made within the last day. The API server makes it once, and lets nobody delete
    // it (its NamespaceLifecycle admission), so that the cluster is being set up.
    bool is_new_cluster(const Observation& observation) const;

    uint64_t evictions() const { return rows_.evictions() + tidy_.evictions(); }
    void load(const StateReader& state) {
        rows_.load(state);
        tidy_.load(state);
    }
    void save(StateWriter& state) {
        rows_.save(state);
        tidy_.save(state);
    }

  private:
    const MadeRow* own_namespace(std::string_view namespace_, const Observation& observation) const;

    BoundedTable<MadeRow> rows_{"rule.made", 20'000};  // cluster, a hash of the object
    BoundedTable<TidyRow> tidy_{"rule.tidy", 2'000};   // cluster, user
};

}  // namespace redshank::by_rule
