#include "exporters/alert.h"

#include "core/finding/fields.h"
#include "core/state/row.h"

namespace redshank {

RawJson stored(const Alert& alert) {
    RawJson out;
    RowWriter writer(out.text);
    describe(writer, const_cast<Alert&>(alert));  // a writer changes nothing
    writer.end();
    return out;
}

bool restore(Alert& alert, const RawJson& json) {
    const auto value = parse_value(json.text);
    if (!value) return false;
    RowReader reader(*value);
    describe(reader, alert);
    return reader.good();
}

Alert alert_of(const Finding& finding, audit::Time now) {
    Alert alert;
    alert.id = finding.id;
    alert.notification = finding_id({"notification", finding.id, to_string(finding.status),
                                     to_string(finding.severity), std::to_string(finding.count)});
    alert.status = finding.status;
    alert.severity = finding.severity;
    alert.created = now;
    alert.finding = finding;
    return alert;
}

void add_links(Alert& alert, const std::string& runbook_url, const std::string& dashboard_url) {
    Finding about = alert.finding;
    if (alert.incident && !alert.incident->lead_kind.empty()) about.kind = alert.incident->lead_kind;
    const std::string incident = alert.incident ? alert.incident->id : "";
    alert.runbook = expand_link(runbook_url, about, incident);
    alert.dashboard = expand_link(dashboard_url, about, incident);
}

Alert test_alert(std::string_view cluster, audit::Time now) {
    const std::string time = audit::format_time(now);
    Finding finding;
    finding.id = finding_id({"test", cluster, time});
    finding.time = finding.first_seen = finding.last_seen = now;
    finding.detector = "test";
    finding.kind = "test-alert";
    finding.severity = Severity::Info;
    finding.title = "Test alert from redshank";
    finding.summary = "This is a test: somebody ran redshank test-receiver. Nothing happened in the cluster.";
    finding.cluster = cluster;
    finding.count = 1;
    Alert alert = alert_of(finding, now);
    alert.test = true;
    return alert;
}

Alert heartbeat_alert(std::string_view cluster, audit::Time now) {
    Finding finding;
    finding.id = finding_id({"heartbeat", cluster});
    finding.time = finding.first_seen = finding.last_seen = now;
    finding.detector = "heartbeat";
    finding.kind = "heartbeat";
    finding.title = "redshank is alive";
    finding.summary = "redshank is running. When this message stops coming, look at the daemon.";
    finding.cluster = cluster;
    Alert alert = alert_of(finding, now);
    alert.notification = finding_id({"notification", finding.id, audit::format_time(now)});
    return alert;
}

}  // namespace redshank
