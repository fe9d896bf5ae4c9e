// The finding of the second opinion (Cusum): the share of faults is above the resource's own normal, while no
// class of them is worth a finding by itself.
#pragma once

#include "detectors/crd/config.h"
#include "detectors/crd/resource.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class RiseAlarm {
  public:
    // Once for each request that counts; `failed` null for a success.
    void counted(Resource& resource, const Track* failed, const Observation& observation,
                 const Settings& settings, FindingBook& findings);
    bool check(Resource& resource, audit::Time now, const Settings& settings, FindingBook& findings);
};

}  // namespace redshank::crd
