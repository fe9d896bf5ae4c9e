#pragma once

#include <vector>

#include "core/incident/incident.h"
#include "daemon/pages/html.h"

namespace redshank {

// Those from `from` on, at most `most`, each with its sentence as a link to its story.
Html incident_list(const std::vector<const Incident*>& all, size_t from, size_t most, audit::Time now);

Url incident_url(const std::string& id);

}  // namespace redshank
