// Findings about faults: opens, continues and resolves them, one for each class of failures of a resource.
#pragma once

#include "detectors/crd/changes.h"
#include "detectors/crd/config.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class FaultAlarm {
  public:
    // A request on the resource failed with a class that spends its budget; it is in the track already.
    void failed(Resource& resource, const Outcome& outcome, const Observation& observation,
                const Changes& changes, const Settings& settings, FindingBook& findings);

    // A request met an ordinary failure (a conflict, throttling): reported only when hardly any request
    // succeeds.
    void troubled(Resource& resource, const Outcome& outcome, const Observation& observation,
                  FindingBook& findings);

    // Resolves findings of what has become healthy. Returns true when the resource changed.
    bool check(Resource& resource, Turn& turn, const Settings& settings, FindingBook& findings);
};

}  // namespace redshank::crd
