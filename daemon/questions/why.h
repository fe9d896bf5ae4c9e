// Why was something told, or not: what detectors and rules made of an event, which numbers decided, and what
// kept a finding from people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/finding/finding.h"
#include "core/incident/incident.h"
#include "core/request/request.h"
#include "daemon/store/store.h"
#include "rules/rule_set.h"

namespace redshank {

// One thing that counted.
//
// | part       | name             | text                                               | value            |
// | incident   | id of one        | its sentence                                       | severity, state  |
// | found      | id of a finding  | its sentence                                       | severity, status |
// | reason     | name of a reason | one clause                                         | its number       |
// | rule       | id of a rule     | what it makes of the event                         | severity         |
// | weighed    | user             | what unusual_access saw and did not tell, and why  | bits             |
// | normal     | suppression      | what somebody said is normal, and who              | times it did     |
// | silence    | id of a silence  | what it keeps back, who made it                    | until when       |
// | kept-back  | actor            | a critical finding about the same actor stands     | until when       |
// | delivery   | receiver         | waits, or was given up and why                     | attempts         |
struct WhyRow {
    std::string part, name, text, value;
};

// Null when there is none of this id.
std::optional<Finding> finding_of_id(const Store& store, const std::string& id);
// Whose evidence names the event, newest first. Evidence is the first and last few events.
std::vector<Finding> findings_about(const Store& store, const std::string& audit_id);

// `now`: of silences and of what is kept back.
std::vector<WhyRow> why(const Store& store, const Finding& finding, audit::Time now);
// The incident, then its gravest findings as above, at most kMostFindings.
inline constexpr size_t kMostFindings = 20;
std::vector<WhyRow> why(const Store& store, const Incident& incident, audit::Time now);

// Every rule that may concern the event, by itself: what a rule remembers of earlier events is not asked.
std::vector<WhyRow> rules_about(const Request& request, const std::string& cluster,
                                const rules::RuleSet& rules);

// What unusual_access weighed of the user within a minute of the event.
std::vector<WhyRow> weighed_about(const StateReader& state, const std::string& user, audit::Time time);

}  // namespace redshank
