// Findings about activity that has ended: a controller that has stopped, a status that no longer follows the
// spec. A dead operator causes no errors.
//
// The log of one API server shows only its own clients, and a client may move to another server when its
// connection ends. Silence alone is therefore low. It is medium with a sign that the controller has stopped
// (its Pods or its workload changed at that time), or when the configuration says that the log is whole.
#pragma once

#include "detectors/crd/changes.h"
#include "detectors/crd/pod_changes.h"
#include "detectors/crd/resource.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

// The context for judging silence. Before `visible_since` silence means nothing: the cluster's log had a gap
// (visibility.h).
struct Surroundings {
    audit::Time now{}, visible_since{};
    const Changes& changes;
    const PodChanges& pods;
    bool is_log_whole = false;  // Config::whole_log
};

class SilenceAlarm {
  public:
    // A sign that the caller is alive; not called for refusals before it.
    void lives(Resource& resource, Caller& caller, const Observation& observation, audit::Time visible_since,
               FindingBook& findings);
    // A successful write.
    void wrote(Resource& resource, const Observation& observation, FindingBook& findings);
    // Returns true when something changed.
    bool check(Resource& resource, const Surroundings& around, Turn& turn, FindingBook& findings);
};

}  // namespace redshank::crd
