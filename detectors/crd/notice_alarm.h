// Findings about what is no failure yet, and about watches that fail where the log does not say so.
#pragma once

#include "detectors/crd/resource.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class NoticeAlarm {
  public:
    // A request on a custom resource has ended, however.
    void ended(Resource& resource, Caller& caller, const Observation& observation, FindingBook& findings);

    // Resolves what has not happened again. True when the resource changed.
    bool check(Resource& resource, audit::Time now, FindingBook& findings);

  private:
    void deprecated(Resource& resource, const Observation& observation, FindingBook& findings);
    void watch_ended(Resource& resource, Caller& caller, const Observation& observation,
                     FindingBook& findings);
};

}  // namespace redshank::crd
