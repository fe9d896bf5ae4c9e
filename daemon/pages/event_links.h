// Where a page shows an event of the logs, and what somebody did in a span of time.
#pragma once

#include <string>

#include "audit/time.h"
#include "daemon/pages/html.h"

namespace redshank {

// `finding`, when its evidence names the event, says which file to look into first. Both filters may be "".
Url event_url(const std::string& audit_id, const std::string& cluster, const std::string& finding);

// Both times included. `cluster` may be "".
Url deeds_url(const std::string& user, const std::string& cluster, audit::Time since, audit::Time until);

// For a shell, whatever a client chose as audit id.
std::string event_command(const std::string& audit_id);

}  // namespace redshank
