// Findings about a resource that works, but slowly.
#pragma once

#include "detectors/crd/changes.h"
#include "detectors/crd/config.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class SlowAlarm {
  public:
    // A request succeeded; not called for watches.
    void succeeded(Resource& resource, const Observation& observation, const Changes& changes,
                   const Settings& settings, FindingBook& findings);
    bool check(Resource& resource, Turn& turn, FindingBook& findings);
};

}  // namespace redshank::crd
