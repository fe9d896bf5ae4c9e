// Everything that is kept about one custom resource of one cluster.
#pragma once

#include <map>
#include <string>

#include "core/state/key.h"
#include "detectors/crd/caller.h"
#include "detectors/crd/catalog.h"
#include "detectors/crd/cusum.h"
#include "detectors/crd/latency.h"
#include "detectors/crd/memory.h"
#include "detectors/crd/notices.h"
#include "detectors/crd/tally.h"
#include "detectors/crd/track.h"
#include "detectors/crd/turn.h"

namespace redshank::crd {

struct ResourceKey {
    std::string cluster, group, resource;

    bool operator==(const ResourceKey&) const = default;
    std::string name() const { return resource + "." + group; }
    std::string text() const { return row_key({cluster, group, resource}); }
};

// Whether status follows spec.
struct Reconciling {
    uint64_t status_writes = 0;
    // Spec writes since the last status write, and the most between two.
    uint64_t spec_writes_since = 0, most_spec_writes = 0;
    audit::Time first_status{}, last_status{};
    bool lags = false;  // a finding reports it
};
template <class V>
void describe(V& v, Reconciling& row) {
    v.must("status_writes", row.status_writes);
    v("spec_writes_since", row.spec_writes_since);
    v("most_spec_writes", row.most_spec_writes);
    v("first_status", micros(row.first_status));
    v("last_status", micros(row.last_status));
    v("lags", row.lags);
}

struct Resource {
    static constexpr size_t kMaxCallers = 16;

    ResourceKey key;
    Origin origin = Origin::Unproven;
    Memory memory;
    Tally tally;
    Windows valid;                         // requests that the objective covers: good ones and faults
    Windows good_watches;                  // the watches among the good ones
    std::map<OutcomeClass, Track> tracks;  // all classes except Ok
    Cusum cusum;
    std::map<VerbClass, Latency> latency;  // without watches
    // By user; the one that was not seen for the longest time is evicted first.
    std::map<std::string, Caller, std::less<>> callers;
    Reconciling reconciling;
    Notices notices;
    uint64_t failed_open =
        0;  // requests that passed because a webhook could not be reached and may be passed over
    audit::Time first_seen{}, last_seen{}, last_good{};
    uint64_t touched = 0;  // the count of requests at its last use: the order of eviction
    audit::Time due{};     // when to look again at what time changes; not stored, since nothing depends on it

    bool is_listed() const { return is_custom(origin); }
    Caller& caller(std::string_view user);
    // The valid requests of which such failures are a share. Continuing watches are excluded: they say
    // nothing about other requests and would hide failures when there are few.
    uint64_t valid_beside(const Track& track, audit::Time now, audit::Duration window) const;
};

inline constexpr std::string_view kResourceTable = "crd_health.resource";
template <class V>
void describe(V& v, Resource& row) {
    v.must("cluster", row.key.cluster);
    v.must("group", row.key.group);
    v.must("resource", row.key.resource);
    v.must("origin", row.origin);
    v("memory", row.memory);
    v("requests", row.tally);
    v("valid", row.valid);
    v("good_watches", row.good_watches);
    v("tracks", row.tracks);
    v("cusum", row.cusum);
    v("latency", LatencyList{row.latency});
    v("callers", row.callers);
    for (auto& [user, caller] : row.callers) caller.user = user;
    v("reconciling", row.reconciling);
    v("notices", row.notices);
    v("failed_open", row.failed_open);
    v("first_seen", micros(row.first_seen));
    v("last_seen", micros(row.last_seen));
    v("last_good", micros(row.last_good));
    v.must("touched", row.touched);
}

// The part of the key that all findings about this resource share.
std::string finding_key(const ResourceKey& key, std::string_view what, std::string_view user = {});

}  // namespace redshank::crd
