// A second test of the share of faults: whether it has risen above the resource's own usual share. For each
// minute it computes the log likelihood ratio of "five times the usual share" against "the usual share",
// clipped so that a burst of retries counts no more than any bad minute, and sums it, never below zero
// (Page's CUSUM).
#pragma once

#include <cstdint>

#include "core/state/describe.h"

namespace redshank::crd {

struct Cusum {
    double sum = 0;
    bool alarm = false;
    int64_t minute = 0;                   // the minute that is being counted
    uint64_t all = 0, bad = 0;            // requests in that minute
    double usual_all = 0, usual_bad = 0;  // decayed, half in three and a half days
    int64_t decayed = 0;                  // minute of the last decay

    // `now` must not decrease. `budget` is the share of requests that may fail.
    void add(audit::Time now, bool is_bad, double budget);
    // Of the minute that is being counted; audit::Time::max() when none is.
    audit::Time end() const;
    // Closes the minute that has ended. Returns true when the alarm began or ended.
    bool advance(audit::Time now, double budget);

    double usual_share() const { return usual_all > 0 ? usual_bad / usual_all : 0; }
};
template <class V>
void describe(V& v, Cusum& row) {
    v.must("sum", exact(row.sum));
    v("alarm", row.alarm);
    v("minute", row.minute);
    v("all", row.all);
    v("bad", row.bad);
    v("usual_all", exact(row.usual_all));
    v("usual_bad", exact(row.usual_bad));
    v("decayed", row.decayed);
}

}  // namespace redshank::crd
