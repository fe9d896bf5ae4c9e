// Incidents in a list: for `incidents`, and for what workers answer.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <vector>

#include "core/incident/incident.h"
#include "daemon/print/listing.h"

namespace redshank {

std::vector<Column<Incident>> incident_columns();

// What of json_of(incident) the columns show; nothing for anything else.
std::optional<Incident> shown_incident_from(const boost::json::object& json);

}  // namespace redshank
