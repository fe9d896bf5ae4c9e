// An identity provider is replaced, or its prefix changes (--oidc-username-prefix, claimMappings of an
// AuthenticationConfiguration): at one moment many people have new names, jana becomes oidc:jana. That is one
// event about the cluster. It is believed when three people or more come under names that are changed in the
// same way, each from the network and with the client of before, and none of the old names is used any more.
// One new name alone is somebody new.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"
#include "core/request/observation.h"
#include "core/state/bounded_table.h"
#include "core/state/shared_text.h"

namespace redshank {

// The names of a cluster that have the same middle.
struct NamesRow {
    struct One {
        SharedText name, peers, network, client;
        SharedText was;               // the name before, while that is not used any more
        int64_t first = 0, last = 0;  // microseconds; `last` is exact to a minute
        int64_t minutes = 0;          // in how many it was seen
        int64_t there = 0;            // since when it has come from `network` only
    };
    std::vector<One> all;  // the first 8
    int64_t last = 0;
};
template <class V>
void describe(V& v, NamesRow::One& row) {
    v.must("name", row.name);
    v("peers", row.peers);
    v("network", row.network);
    v("client", row.client);
    v.must("first", row.first);
    v.must("last", row.last);
    v("minutes", row.minutes);
    v("there", row.there);
    v("was", row.was);
}
template <class V>
void describe(V& v, NamesRow& row) {
    v.must("all", row.all);
    v.must("last", row.last);
}
inline int64_t worth(const NamesRow& row) {
    return row.last;
}

// A way in which names changed: "" and "@corp.example" before, "oidc:" and "" now.
struct RenameRow {
    struct One {
        std::string name, was;
        int64_t time = 0;
        Evidence evidence;  // of the first request under the name
    };
    std::vector<One> all;  // the newest 64
    int64_t since = 0;     // when it was first believed; 0: not yet
    int64_t last = 0;
};
template <class V>
void describe(V& v, RenameRow::One& row) {
    v.must("name", row.name);
    v.must("was", row.was);
    v.must("time", row.time);
    v("evidence", row.evidence);
}
template <class V>
void describe(V& v, RenameRow& row) {
    v.must("all", row.all);
    v.must("since", row.since);
    v.must("last", row.last);
}
inline auto worth(const RenameRow& row) {
    return std::pair(row.since != 0, row.last);
}

// Pipeline thread only.
class Renames {
  public:
    static constexpr size_t kCrowd = 3;  // people

    // `table` begins the names of its tables in the state.
    explicit Renames(const std::string& table)
        : names_(table + ".names", 20'000), ways_(table + ".renames", 100) {}

    // Call it for every request that answers. Returns the way when somebody has just become one of those
    // whose change of name is believed, else null. Valid until the next call.
    const RenameRow* observe(const Observation& observation);
    // Whether the sender is noted at all: a person in their own name, who was let in.
    static bool notes(const Request& request);
    // Since when the sender's name is known; Time{}: it is not.
    audit::Time since(const Observation& observation) const;
    // Whether the sender has come from this network, and no other, for a week.
    bool is_at_home(const Observation& observation) const;
    // Who the sender was before, when that is believed, else null. Valid until observe().
    const NamesRow::One* former(const Observation& observation) const;

    uint64_t evictions() const { return names_.evictions() + ways_.evictions(); }
    void load(const StateReader& state, const std::string& prefix = {}) {
        names_.load(state, prefix);
        ways_.load(state, prefix);
    }
    void save(StateWriter& state, const std::string& prefix = {}) {
        names_.save(state, prefix);
        ways_.save(state, prefix);
    }

  private:
    static constexpr size_t kLately = 1024;
    const NamesRow::One* known(const Observation& observation) const;  // the sender
    const RenameRow* come(NamesRow& row, NamesRow::One& one, const Observation& observation);
    void take_back(NamesRow& row, const NamesRow::One& old, const Observation& observation);

    BoundedTable<NamesRow> names_;  // cluster, middle of the name
    BoundedTable<RenameRow> ways_;  // cluster, prefix and suffix before and after
    // A shortcut: when the actors of these symbols were noted.
    struct Lately {
        uint64_t symbol = 0;
        int64_t noted = 0;  // 0: not yet
    };
    std::vector<Lately> lately_ = std::vector<Lately>(kLately);
    uint64_t removals_ = 0;  // of names_, when the shortcut began
};

}  // namespace redshank
