// One line for each metric. docs/metrics.md says the same with units and labels.
#include "exporters/metric_help.h"

namespace redshank {

namespace {

struct Help {
    std::string_view name, text;
};

constexpr Help kHelp[] = {
    {"redshank_build_info", "Constant 1, labelled by version, revision and compiler."},
    {"redshank_config_last_reload_success_timestamp_seconds", "When the configuration was last loaded."},
    {"redshank_config_last_reload_successful", "Whether the last load of the configuration went well."},
    {"redshank_detection_delay_seconds", "From an event's stageTimestamp until its findings were made."},
    {"redshank_events_total", "Audit events read: parsed from a whole line, or salvaged from a torn one."},
    {"redshank_findings_dropped_total", "Findings lost because memory was the only place left for them."},
    {"redshank_findings_total", "Findings told, by detector and severity; updates of a finding count too."},
    {"redshank_lines_skipped_total", "Lines that gave no event, by reason."},
    {"redshank_metric_series_refused_total", "Measurements dropped because there were too many series."},
    {"redshank_notification_latency_seconds", "From the decision to notify until the receiver accepted."},
    {"redshank_notifications_dead_total", "Notifications given up; they are kept as dead letters."},
    {"redshank_notifications_failed_total", "Attempts that failed, by reason; most are tried again."},
    {"redshank_notifications_muted_total", "Findings kept back by a silence or by inhibition."},
    {"redshank_notifications_oldest_timestamp_seconds",
     "When the oldest waiting notification was made, 0: none."},
    {"redshank_notifications_queued", "Notifications waiting for the receiver."},
    {"redshank_notifications_summarised_total", "Waiting notifications folded into a summary."},
    {"redshank_notifications_total", "Notifications that the receiver accepted."},
    {"redshank_receiver_breaker_open", "1 while the receiver is not talked to because it failed."},
    {"redshank_skipped_bytes_total", "Bytes that gave no event, by reason."},
    {"redshank_source_caught_up", "Whether the source was read to its end since the start."},
    {"redshank_source_gaps_total", "Gaps: events that were lost before they could be read."},
    {"redshank_source_lag_bytes", "Bytes written to the source and not yet read."},
    {"redshank_source_lag_seconds", "Age of the last event read while there is more to read, else 0."},
    {"redshank_source_last_event_timestamp_seconds", "Event time of the last event read."},
    {"redshank_source_nul_bytes_total", "NUL bytes passed over: holes that a truncation left."},
    {"redshank_source_oversize_lines_total", "Lines longer than line_limit_mb."},
    {"redshank_source_parse_errors_total", "Lines that are no event."},
    {"redshank_source_read_bytes_total", "Bytes read from the source."},
    {"redshank_source_rotations_total", "Rotations followed."},
    {"redshank_source_shortened_events_total", "Events read without their bodies: their line was too long."},
    {"redshank_source_torn_lines_total", "Torn lines behind which an event was found."},
    {"redshank_source_truncated_events_total", "Events whose bodies the API server dropped."},
    {"redshank_source_truncations_total", "Truncations seen."},
    {"redshank_source_up", "Whether the source is open."},
    {"redshank_state_rows_unusable_total", "Rows of the state that could not be used, by table."},
};

}  // namespace

std::string metric_help(std::string_view name) {
    for (const Help& help : kHelp) {
        if (help.name == name) return std::string(help.text);
    }
    return "See docs/metrics.md.";
}

}  // namespace redshank
