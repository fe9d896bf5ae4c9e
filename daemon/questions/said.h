// What have people said by command: silences, and what is normal?
#pragma once

#include <optional>
#include <vector>

#include "daemon/alerts/silence.h"
#include "detectors/access/suppression.h"

namespace redshank {

// In force or to come at `now`; without `now` those that ended too. By id.
std::vector<Silence> silences(const StateReader& state, std::optional<audit::Time> now);

struct SuppressionRow {
    access::SaidNormal said;
    access::SuppressionUse use;
};

// As silences().
std::vector<SuppressionRow> suppressions(const StateReader& state, std::optional<audit::Time> now);

}  // namespace redshank
