// A finding as a few lines for a terminal or a log.
#pragma once

#include <string>

#include "core/finding/finding.h"

namespace redshank {

// Two to four lines, each with a newline. Safe to print: names that an attacker chose are escaped and cut.
//
//   2026-01-05 10:00:03Z  HIGH      secret-read-unprotected  prod-eu
//       alice read Secret payments/db through RoleBinding payments/tmp → ClusterRole edit → Group dev
//       why: the secret was readable by 214 identities
//       f_k3…; 3 events since 10:00:01Z; audit 0d5e… in audit.log at byte 1234
std::string finding_text(const Finding& finding);

// "alice (as root)", "" without an actor; "secrets payments/db" for an object. Unescaped: not safe to print.
std::string actor_name(const Finding& finding);
std::string object_name(const Finding& finding);
// "deployments.apps/scale". Unescaped as well.
std::string resource_type(const FindingObject& object);

// "2026-01-05 10:00:03Z"
std::string short_time(audit::Time time);

}  // namespace redshank
