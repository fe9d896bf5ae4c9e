#pragma once

#include "core/finding/finding.h"

namespace redshank {

// Of [alerts]: what begins an incident, and what ends it.
struct IncidentSettings {
    // An incident ends when nothing new came for this time of the log, and nothing in it holds any longer.
    // Within the same time two findings about one actor are one story.
    audit::Duration quiet = std::chrono::hours{24};
    Severity least = Severity::Medium;  // of a finding that begins one
};

}  // namespace redshank
