// How an incident grows by a finding, or by another incident, and what keeps it open. No tables here.
#pragma once

#include "core/incident/news.h"

namespace redshank {

// A new incident that begins with this finding, which is not yet in it.
Incident begin_incident(const Finding& finding, audit::Time opened);

// Whether the finding may join it. A custom resource that fails has an incident of its own, which nothing
// else hides: only what is about that resource, too, is in it.
bool may_hold(const Incident& incident, const Finding& finding);
// Whether the two may turn out to be one.
bool may_be_one(const Incident& a, const Incident& b);

// Takes the finding in, or its news when it is in already. `least`: a lesser finding is only listed. The turn
// is Grew, Escalated or Eased.
IncidentTurn take_in(Incident& incident, const Finding& finding, Severity least);

// Takes in all of another one; its severity may rise.
void take_in(Incident& into, const Incident& other);

// Of the part of the incident that is this finding; null when it is none.
const IncidentPart* part_of(const Incident& incident, const std::string& finding);

// Conditions were in it, all of them are over, and nothing happened beside them: why it ends; else "".
std::string settled(const Incident& incident, Severity least);

// Until when a condition in it holds: max() for an exposure, which ends when the window closes; Time{} when
// none holds.
audit::Time holds_until(const Incident& incident, Severity least, audit::Duration lasts);

// What receivers need of it: without the list of findings, and the first and last steps only.
Incident in_short(Incident& incident);

}  // namespace redshank
