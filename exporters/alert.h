// What people get: one or more findings after grouping, with a life from firing to resolved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding_json.h"
#include "core/state/describe.h"

namespace redshank {

// One line of a summary: a value and how many findings have it.
struct Tally {
    std::string value;
    uint64_t count = 0;
};
template <class V>
void describe(V& v, Tally& row) {
    v.must("value", row.value);
    v.must("count", row.count);
}

struct Alert {
    // The same for the whole life of the alert: the deduplication key of receivers.
    std::string id;
    // The same over retries and restarts, another one for each message about the alert.
    std::string notification;
    FindingStatus status = FindingStatus::Firing;
    Severity severity = Severity::Info;  // the highest behind it
    audit::Time created{};               // wall clock: when the message was decided
    Finding finding;                     // the one that the message tells in full: the most severe, newest

    // More than one finding behind it: a summary. The lists hold the most frequent values.
    uint64_t findings = 1;
    std::vector<Tally> kinds, actors, objects;
    // Findings that a silence or a more severe finding kept back since the last message.
    uint64_t muted = 0;

    std::string runbook, dashboard;  // links, "" when there is none
    bool test = false;               // sent by `redshank test-receiver`

    bool is_summary() const { return findings > 1; }
};

// In the rows of the queues. Older versions wrote it as a text that holds it.
template <class V>
void describe(V& v, Alert& row) {
    v.must("id", row.id);
    v.must("notification", row.notification);
    v("status", row.status);
    v.must("severity", row.severity);
    v("created", row.created);
    v.must("finding", row.finding);
    v("findings", row.findings);
    v("kinds", row.kinds);
    v("actors", row.actors);
    v("objects", row.objects);
    v("muted", row.muted);
    v("runbook", row.runbook);
    v("dashboard", row.dashboard);
    v("test", row.test);
}
RawJson stored(const Alert& alert);
bool restore(Alert& alert, const RawJson& json);

// An alert that is plainly no real one, for `redshank test-receiver`.
Alert test_alert(std::string_view cluster, audit::Time now);

// "redshank is alive", for a dead man's switch: always the same id, another notification each time.
Alert heartbeat_alert(std::string_view cluster, audit::Time now);

// An alert of a single finding, at once and ungrouped: for `redshank render` and for tests.
Alert alert_of(const Finding& finding, audit::Time now);

}  // namespace redshank
