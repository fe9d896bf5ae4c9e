// The message that people get: one or more findings after grouping, from firing to resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding_json.h"
#include "core/incident/news.h"
#include "core/state/describe.h"

namespace redshank {

// One line of a summary: a value and the number of findings that have it.
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
    // Constant during the life of the alert: the deduplication key of receivers.
    std::string id;
    // Constant over retries and restarts, but different for each message about the alert.
    std::string notification;
    FindingStatus status = FindingStatus::Firing;
    Severity severity = Severity::Info;  // the highest of its findings
    audit::Time created{};               // wall clock: when the message was created
    Finding finding;  // the finding that the message tells in full: the most severe, then the newest

    // The incident that the message is about, as it is now, and what is new; nothing when the finding is told
    // by itself, or grouped by other fields.
    std::optional<Incident> incident;
    IncidentTurn turn = IncidentTurn::Grew;

    // More than one finding makes the message a summary. The lists have the most frequent values.
    uint64_t findings = 1;
    std::vector<Tally> kinds, actors, objects;
    // Findings since the last message that a silence or a more severe finding held back.
    uint64_t muted = 0;

    std::string runbook, dashboard;  // links, "" when there is none
    bool test = false;               // sent by `redshank test-receiver`

    bool is_summary() const { return findings > 1; }
};

// The form in the rows of the queues. Older versions wrote a string that contains it.
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
    v("incident", row.incident);
    v("turn", row.turn);
}
RawJson stored(const Alert& alert);
bool restore(Alert& alert, const RawJson& json);

// Sets the links from those of the configuration, by expand_link(); of an incident they are its gravest
// finding's.
void add_links(Alert& alert, const std::string& runbook_url, const std::string& dashboard_url);

// An alert that is clearly marked as a test, for `redshank test-receiver`.
Alert test_alert(std::string_view cluster, audit::Time now);

// "redshank is alive", for a dead man's switch: always the same id, but a new notification each time.
Alert heartbeat_alert(std::string_view cluster, audit::Time now);

// An ungrouped alert of a single finding, for `redshank render` and for tests.
Alert alert_of(const Finding& finding, audit::Time now);

}  // namespace redshank
