// Prometheus Alertmanager, POST /api/v2/alerts. It groups, repeats and routes by itself, so it gets the state
// of every group each minute. Labels are the identity of an alert and few; everything that varies is an
// annotation. Every member of a cluster gets every alert:
// https://prometheus.io/docs/alerting/latest/alertmanager/#high-availability.
#include "exporters/alertmanager.h"

#include <boost/json.hpp>
#include <set>

#include "core/config/url.h"
#include "core/finding/text.h"
#include "exporters/finding_text.h"
#include "exporters/message.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr size_t kLabel = 200, kLine = 1000, kAnnotation = 4000;
constexpr auto kLasts = std::chrono::minutes{4};  // after which a firing alert ends if it is not sent again

json::object alert_json(const Alert& alert, audit::Time now) {
    const Finding& finding = alert.finding;
    const MessageText message = message_of(alert);
    json::object labels, annotations;
    const auto label = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) labels[name] = fit_exact(value, kLabel);
    };
    const auto annotate = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) annotations[name] = fit_exact(value, kAnnotation);
    };
    // Those of an incident are its beginning's: they must not change while it lasts.
    const IncidentOrigin origin = alert.incident ? alert.incident->origin : origin_of(finding);
    label("alertname", origin.kind.empty() ? "redshank" : origin.kind);
    label("cluster", finding.cluster);
    label("detector", origin.detector);
    label("severity", std::string(to_string(alert.severity)));
    label("user", origin.user);
    // As in grouping, anonymous callers are told apart by address; otherwise the end of one's alert would end
    // another's.
    label("source_ip", origin.source_ip);
    label("namespace", origin.namespace_);
    label("resource", origin.resource);
    if (alert.incident) label("incident", alert.incident->id);
    if (alert.test) label("test", "true");

    annotate("title", message.title);
    annotate("summary", (alert.test ? "TEST: " : "") + message.what);
    const auto annotate_lines = [&](std::string_view name, const std::vector<std::string>& lines) {
        std::string text;
        for (const std::string& line : lines) {
            const std::string next = (text.empty() ? "" : "\n") + fit_exact(line, kLine);
            if (text.size() + next.size() <= kAnnotation) text += next;
        }
        if (!text.empty()) annotations[name] = text;
    };
    annotate("why_it_matters", message.matters);
    annotate_lines("do_first", first_lines(message, kLine, Shown::Exact));
    annotate_lines("steps", message.steps);
    annotate("object", object_name(finding));
    annotate("verb", finding.verb);
    annotate("source_ip", finding.who().source_ip);
    annotate("user_agent", finding.who().user_agent);
    annotate("grant", finding.grant);
    annotate("finding", finding.id);
    annotate("events", std::to_string(finding.count));
    if (alert.is_summary()) annotate("findings", std::to_string(alert.findings));
    std::string reasons, evidence;
    for (const std::string& reason : message.because) reasons += (reasons.empty() ? "" : "; ") + reason;
    annotate("why", reasons);
    for (const Evidence& event : finding.evidence) {
        evidence += (evidence.empty() ? "" : "; ") + audit::format_time(event.time) + " " + event.audit_id;
    }
    annotate("evidence", evidence);
    annotate("runbook_url", alert.runbook);
    annotate("dashboard_url", alert.dashboard);

    // No generatorURL is sent, because one that Alertmanager cannot parse makes it refuse the whole batch. It
    // also refuses an endsAt before startsAt, so startsAt is never after the end.
    const bool resolved = alert.status == FindingStatus::Resolved;
    const audit::Time over =
        alert.incident ? alert.incident->closed.value_or(alert.incident->last) : finding.time;
    const audit::Time ends = resolved ? std::min(over, now) : now + kLasts;
    const audit::Time starts = alert.incident ? alert.incident->opened : finding.first_seen;
    return {{"labels", std::move(labels)},
            {"annotations", std::move(annotations)},
            {"startsAt", audit::format_time(std::min(starts, ends))},
            {"endsAt", audit::format_time(ends)}};
}

std::string api_of(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url.ends_with("/api/v2/alerts") ? url : url + "/api/v2/alerts";
}

class AlertmanagerSink final : public AlertSink {
  public:
    AlertmanagerSink(std::string url, std::string authorization)
        : url_(std::move(url)), authorization_(std::move(authorization)) {}

    SinkTraits traits() const override {
        return {.per_second = 5,
                .burst = 10,
                .batch = 64,
                .group_by = {"incident", "severity"},
                .group_wait = {},
                .group_interval = std::chrono::seconds{5},
                .repeat_interval = std::chrono::minutes{1},
                .keep_sending = true,
                .for_people = false};
    }

    Message render(std::span<const Alert> alerts, audit::Time now) const override {
        json::array body;
        for (const Alert& alert : alerts) body.emplace_back(alert_json(alert, now));
        HttpRequest request{url_, {{"Content-Type", "application/json"}}, json::serialize(body)};
        if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_);
        return request;
    }

    std::vector<std::string> secrets() const override { return {authorization_}; }

  private:
    std::string url_, authorization_;
};

}  // namespace

void read(ConfigTable& table, AlertmanagerConfig& config) {
    read(table, config.target);
    table.read("urls", config.urls);
    std::set<std::string> members;
    for (const std::string& url : config.urls) {
        if (!members.insert(api_of(url)).second)
            table.error("urls", "names a member twice, which would get each alert twice");
        if (const std::string problem = url_problem(url); !problem.empty()) table.error("urls", problem);
    }
    table.read("authorization_file", config.authorization_file);
}

std::vector<NamedSink> make_sinks(const AlertmanagerConfig& config, const ReceiverConfig& receiver) {
    std::vector<std::string> urls = config.urls;
    if (urls.empty()) {
        urls.push_back(url_of(receiver, config.target));
    } else if (!config.target.url.empty() || !config.target.url_file.empty()) {
        throw ReceiverError(receiver, "has url and urls: give one");
    }
    const std::string authorization = read_authorization(receiver, config.authorization_file);
    std::vector<NamedSink> out;
    for (std::string& url : urls) {
        url = api_of(std::move(url));
        const std::string name =
            urls.size() == 1 ? receiver.name : receiver.name + "/" + std::to_string(out.size() + 1);
        out.push_back({name, std::make_unique<AlertmanagerSink>(url, authorization)});
    }
    return out;
}

}  // namespace redshank
