#pragma once

#include <string>

#include "audit/time.h"
#include "daemon/incidents/settings.h"

namespace redshank {

class ConfigTable;

// [alerts]
struct AlertsConfig {
    // After a critical finding about an actor, findings of medium severity and below about the same actor are
    // kept back from receivers that people read. 0: never.
    audit::Duration inhibit_for = std::chrono::minutes{5};
    // A group ends when it gets no new finding for this time.
    audit::Duration expire_after = std::chrono::hours{1};
    IncidentSettings incidents;  // incident_quiet, incident_severity
    // Links, with the slots of expand_link() replaced; "": no link.
    std::string runbook_url, dashboard_url;
};

void read(ConfigTable& table, AlertsConfig& config);

}  // namespace redshank
