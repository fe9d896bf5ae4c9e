// Findings about callers that are refused again and again. The resource works: the caller's rights, objects
// or requests are wrong.
#pragma once

#include "detectors/crd/changes.h"
#include "detectors/crd/config.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class RefusalAlarm {
  public:
    // The caller was refused; the caller's track does not have the request yet.
    void refused(const Resource& resource, Caller& caller, const Outcome& outcome,
                 const Observation& observation, const Changes& changes, FindingBook& findings);

    // Resolves findings about requests that are allowed again. Returns true when something changed.
    bool check(Resource& resource, Turn& turn, FindingBook& findings);
};

}  // namespace redshank::crd
