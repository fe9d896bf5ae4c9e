// What have users set by command: silences, and suppressions?
#pragma once

#include <optional>
#include <vector>

#include "core/incident/incident.h"
#include "daemon/alerts/silence.h"
#include "detectors/access/suppression.h"

namespace redshank {

// Silences in force or to come at `now`; without `now`, ended ones as well. Sorted by id.
std::vector<Silence> silences(const StateReader& state, std::optional<audit::Time> now);

// Those in force that concern this incident alone, by its id or how that begins. Others concern its findings
// one by one.
std::vector<Silence> silences_of(const StateReader& state, const Incident& incident, audit::Time now);

struct SuppressionRow {
    access::SaidNormal said;
    access::SuppressionUse use;
};

// The same for suppressions.
std::vector<SuppressionRow> suppressions(const StateReader& state, std::optional<audit::Time> now);

}  // namespace redshank
