// The finding of the second test (Cusum): the share of faults is above the resource's usual share, although
// no single class of faults deserves a finding.
#pragma once

#include "detectors/crd/config.h"
#include "detectors/crd/resource.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class RiseAlarm {
  public:
    // Call it once for each request that counts; `failed` is null for a success.
    void counted(Resource& resource, const Track* failed, const Observation& observation,
                 const Settings& settings, FindingBook& findings);
    bool check(Resource& resource, Turn& turn, const Settings& settings, FindingBook& findings);
};

}  // namespace redshank::crd
