// One user's requests on one resource: what it may do, what it is refused, and whether it is a controller
// that watches the resource.
#pragma once

#include <map>
#include <string>

#include "core/request/names.h"
#include "detectors/crd/track.h"

namespace redshank::crd {

// Watches of one caller that were cut off since the last complete one.
struct DroppedWatches {
    uint64_t run = 0;
    audit::Time since{}, last{};
    bool told = false;  // a finding reports it
};
template <class V>
void describe(V& v, DroppedWatches& row) {
    v.as_array();
    v.must("run", row.run);
    v.must("since", micros(row.since));
    v.must("last", micros(row.last));
    v.must("told", row.told);
}

struct Caller {
    std::string user;
    audit::Time first_seen{}, last_seen{};
    uint64_t requests = 0;
    std::string ok_verbs;  // verbs that succeeded, comma-separated: bounded by the number of verbs
    std::map<OutcomeClass, Track> refused;

    // Signs of life.
    audit::Duration watched{};      // total duration of watches that ended
    audit::Duration longest_gap{};  // between two requests; decays
    int64_t open_watches = 0;
    bool silent = false;   // a finding reports it
    bool retired = false;  // another caller does its work
    Evidence last_request;
    DroppedWatches drops;

    // Decided by the name alone, since the row keeps nothing else.
    bool is_service_account() const { return service_account(user).has_value(); }
    bool had_verb(std::string_view verb) const;
    void note_verb(std::string_view verb);

    // Takes a request of this caller, at any stage, as a sign of life. Before `visible_since` the log had a
    // gap.
    void saw(const Observation& observation, audit::Time visible_since);
    void watch_ended(const audit::Event& event);

    // Whether it watches the resource all the time, as controllers do, so that silence means that it is dead.
    bool is_keeper() const;
    // How long it may be silent.
    audit::Duration patience() const;
    // The namespace of its service account; "" for other users.
    std::string_view account_namespace() const;
};
// The key is the user.
template <class V>
void describe(V& v, Caller& row) {
    v.must("first_seen", micros(row.first_seen));
    v.must("last_seen", micros(row.last_seen));
    v("requests", row.requests);
    v("ok_verbs", row.ok_verbs);
    v("refused", row.refused);
    v("watched", row.watched);
    v("longest_gap", row.longest_gap);
    v("open_watches", row.open_watches);
    v("silent", row.silent);
    v("retired", row.retired);
    v("last_request", row.last_request);
    v("drops", row.drops);
}

}  // namespace redshank::crd
