#include "exporters/alert.h"

#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/finding/finding_json.h"
#include "core/finding/text.h"
#include "core/state/json_fields.h"

namespace redshank {

namespace json = boost::json;

namespace {

json::array tallies_json(const std::vector<Tally>& tallies) {
    json::array out;
    for (const Tally& tally : tallies) out.push_back({{"value", tally.value}, {"count", tally.count}});
    return out;
}

std::vector<Tally> tallies(const json::object& from, std::string_view key) {
    std::vector<Tally> out;
    const json::value* list = from.if_contains(key);
    if (!list || !list->is_array()) return out;
    for (const json::value& item : list->as_array()) {
        if (const json::object* tally = item.if_object()) {
            out.push_back({json_text(*tally, "value"), json_number(*tally, "count")});
        }
    }
    return out;
}

}  // namespace

std::string to_json(const Alert& alert) {
    json::object out;
    out["id"] = alert.id;
    out["notification"] = alert.notification;
    out["status"] = to_string(alert.status);
    out["severity"] = to_string(alert.severity);
    out["created"] = audit::format_time(alert.created);
    out["finding"] = json_of(alert.finding);
    out["findings"] = alert.findings;
    out["kinds"] = tallies_json(alert.kinds);
    out["actors"] = tallies_json(alert.actors);
    out["objects"] = tallies_json(alert.objects);
    out["muted"] = alert.muted;
    out["runbook"] = alert.runbook;
    out["dashboard"] = alert.dashboard;
    out["test"] = alert.test;
    return audit::valid_utf8(json::serialize(out));
}

std::optional<Alert> alert_from_json(std::string_view line) {
    boost::system::error_code error;
    const json::value parsed = json::parse(line, error);
    if (error || !parsed.is_object()) return std::nullopt;
    const json::object& from = parsed.as_object();
    const json::value* told = from.if_contains("finding");
    if (!told) return std::nullopt;
    std::optional<Finding> finding = finding_of(*told);
    Alert alert;
    if (!finding || !parse_severity(json_text(from, "severity"), alert.severity)) return std::nullopt;
    alert.id = json_text(from, "id");
    alert.notification = json_text(from, "notification");
    alert.status = json_text(from, "status") == "resolved" ? FindingStatus::Resolved : FindingStatus::Firing;
    alert.created = json_time(from, "created");
    alert.finding = std::move(*finding);
    alert.findings = json_number(from, "findings");
    alert.kinds = tallies(from, "kinds");
    alert.actors = tallies(from, "actors");
    alert.objects = tallies(from, "objects");
    alert.muted = json_number(from, "muted");
    alert.runbook = json_text(from, "runbook");
    alert.dashboard = json_text(from, "dashboard");
    const json::value* test = from.if_contains("test");
    alert.test = test && test->is_bool() && test->as_bool();
    return alert;
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
