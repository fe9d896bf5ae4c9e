// Which incidents are there?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/incident/incident.h"
#include "core/state/state.h"

namespace redshank {

struct IncidentsFilter {
    bool only_open = false;
    std::optional<audit::Time> since;  // with something new at or after it
    std::string cluster, user;         // "" for all; a user also where somebody acts for him
    Severity least = Severity::Info;
};

// The newest first. What joined another incident is told there.
std::vector<Incident> incidents(const StateReader& state, const IncidentsFilter& filter);

// Those whose ids begin so; those that joined another, too.
std::vector<Incident> incidents_called(const StateReader& state, std::string_view id);

}  // namespace redshank
