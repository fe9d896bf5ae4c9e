// One user's dealings with one resource: what it may do, what it is refused, and whether it is a controller
// that keeps an eye on the resource.
#pragma once

#include <map>
#include <string>

#include "core/request/names.h"
#include "detectors/crd/track.h"

namespace redshank::crd {

// Watches of one caller that were cut off, since the last one that was not.
struct DroppedWatches {
    uint64_t run = 0;
    audit::Time since{}, last{};
    bool told = false;  // a finding says so
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
    std::string ok_verbs;  // verbs that succeeded, with commas: bounded by the verbs there are
    std::map<OutcomeClass, Track> refused;

    // Signs of life.
    audit::Duration watched{};      // together, of watches that ended
    audit::Duration longest_gap{};  // between two requests; fades
    int64_t open_watches = 0;
    bool silent = false;   // a finding says so
    bool retired = false;  // another one does its work
    Evidence last_request;
    DroppedWatches drops;

    // By name alone, which is all that its row keeps.
    bool is_service_account() const { return service_account(user).has_value(); }
    bool had_verb(std::string_view verb) const;
    void note_verb(std::string_view verb);

    // A request of this caller, at whatever stage tells that it lives. Before `visible_since` nobody could
    // be seen.
    void saw(const Observation& observation, audit::Time visible_since);
    void watch_ended(const audit::Event& event);

    // It keeps the resource in sight all the time, as controllers do: when it stops, it is dead.
    bool is_keeper() const;
    // How long it may be quiet.
    audit::Duration patience() const;
    // The namespace of its account; "" when it is none.
    std::string_view account_namespace() const;
};
// Its user is the key.
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
