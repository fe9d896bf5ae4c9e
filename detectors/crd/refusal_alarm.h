// Findings about callers that are refused again and again. The resource works: the caller's rights, objects
// or requests are wrong.
#pragma once

#include "detectors/crd/changes.h"
#include "detectors/crd/config.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class RefusalAlarm {
  public:
    // The caller was refused; it is not in the caller's track yet.
    void refused(const Resource& resource, Caller& caller, const Outcome& outcome,
                 const Observation& observation, const Changes& changes, FindingBook& findings);

    // Resolves what is allowed again. True when something changed.
    bool check(Resource& resource, audit::Time now, FindingBook& findings);
};

}  // namespace redshank::crd
