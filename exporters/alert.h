// What people get: one or more findings after grouping, with a life from firing to resolved.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/finding/finding.h"

namespace redshank {

// One line of a summary: a value and how many findings have it.
struct Tally {
    std::string value;
    uint64_t count = 0;
};

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

// For the store: the queues survive a restart in this form.
std::string to_json(const Alert& alert);
std::optional<Alert> alert_from_json(std::string_view text);

// An alert that is plainly no real one, for `redshank test-receiver`.
Alert test_alert(std::string_view cluster, audit::Time now);

// "redshank is alive", for a dead man's switch: always the same id, another notification each time.
Alert heartbeat_alert(std::string_view cluster, audit::Time now);

// An alert of a single finding, at once and ungrouped: for `redshank render` and for tests.
Alert alert_of(const Finding& finding, audit::Time now);

}  // namespace redshank
