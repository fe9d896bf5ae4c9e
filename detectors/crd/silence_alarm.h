// Findings about what no longer happens: a controller that has stopped, a status that no longer follows the
// spec. A dead operator makes no errors.
//
// The log of one API server shows only those who talk to it, and a client goes to another server when its
// connection ends. So silence alone is low: it is medium with a sign that the controller has stopped (its
// pods or its workload changed at that time), or when the configuration says that the log is whole.
#pragma once

#include "detectors/crd/changes.h"
#include "detectors/crd/pod_changes.h"
#include "detectors/crd/resource.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

// What silence is measured against. Nobody can be seen before `visible_since`: the log of the cluster had a
// hole (visibility.h).
struct Surroundings {
    audit::Time now{}, visible_since{};
    const Changes& changes;
    const PodChanges& pods;
    bool is_log_whole = false;  // Config::whole_log
};

class SilenceAlarm {
  public:
    // The caller lives; not called for refusals before it.
    void lives(Resource& resource, Caller& caller, const Observation& observation, audit::Time visible_since,
               FindingBook& findings);
    // A write that succeeded.
    void wrote(Resource& resource, const Observation& observation, FindingBook& findings);
    // True when something changed.
    bool check(Resource& resource, const Surroundings& around, FindingBook& findings);
};

}  // namespace redshank::crd
