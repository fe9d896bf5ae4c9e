// What did unusual_access score but not report (detectors/access/digest.h), because it was too usual, too
// weak, or over the budget?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/state/state.h"
#include "detectors/access/digest.h"

namespace redshank {

struct DigestFilter {
    std::string user;  // "" for all
    std::optional<audit::Time> since;
};

// Newest first.
std::vector<access::DigestRow> weighed_and_kept_back(const StateReader& state, const DigestFilter& filter);

}  // namespace redshank
