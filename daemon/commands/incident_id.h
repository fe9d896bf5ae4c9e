#pragma once

#include <optional>
#include <string>

#include "core/incident/incident.h"
#include "daemon/store/store.h"

namespace redshank {

// The incident whose id begins so; nothing, and said so on stderr, when there is none, or more than one.
std::optional<Incident> incident_of_id(const Store& store, const std::string& id);

}  // namespace redshank
