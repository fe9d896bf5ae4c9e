// Findings about problems that are no failures yet, and about watches whose failures the log does not show.
#pragma once

#include "detectors/crd/resource.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class NoticeAlarm {
  public:
    // A request on a custom resource has ended, with any outcome.
    void ended(Resource& resource, Caller& caller, const Observation& observation, FindingBook& findings);

    // Resolves findings whose cause did not recur. Returns true when the resource changed.
    bool check(Resource& resource, Turn& turn, FindingBook& findings);

  private:
    void deprecated(Resource& resource, const Observation& observation, FindingBook& findings);
    void watch_ended(Resource& resource, Caller& caller, const Observation& observation,
                     FindingBook& findings);
};

}  // namespace redshank::crd
