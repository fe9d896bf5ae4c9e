// What did unusual_access weigh and not tell (detectors/access/digest.h): too usual, too weak, or over the
// budget?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/state/state.h"

namespace redshank {

struct DigestFilter {
    std::string user;  // "" for all
    std::optional<audit::Time> since;
};

struct WeighedRow {
    std::string time;  // RFC 3339
    std::string user, what, because;
    std::optional<double> bits;
    std::string stored;  // the row of the state, JSON
};

// Newest first.
std::vector<WeighedRow> weighed_and_kept_back(const StateReader& state, const DigestFilter& filter);

}  // namespace redshank
