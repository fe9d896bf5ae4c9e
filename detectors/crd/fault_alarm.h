// Findings about faults: opens, continues and resolves them, one for each class of failures of a resource.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "detectors/crd/changes.h"
#include "detectors/crd/resource_table.h"
#include "detectors/crd/slo.h"
#include "detectors/finding_book.h"

namespace redshank::crd {

class FaultAlarm {
  public:
    struct Settings {
        SloSettings slo;
        audit::Duration grace = std::chrono::minutes{10};
    };

    // A request on the resource failed with a class that spends its budget; it is in the track already.
    void failed(Resource& resource, const Outcome& outcome, const Observation& observation,
                const Changes& changes, const Settings& settings, FindingBook& findings);
    // Resolves what has become healthy. True when the resource changed.
    bool check(Resource& resource, audit::Time now, const Settings& settings, FindingBook& findings);

    static FindingBook::Subject subject(const Resource& resource, OutcomeClass outcome, Level level);
};

}  // namespace redshank::crd
