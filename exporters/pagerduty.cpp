// PagerDuty Events API v2: https://developer.pagerduty.com/docs/events-api-v2-overview. The alert's id is the
// dedup_key, so that retries and updates join the incident and a resolve ends it. RBAC changes that expose a
// Secret are also sent as change events, which never page.
#include "exporters/pagerduty.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/finding/text.h"
#include "exporters/finding_text.h"
#include "exporters/message.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr size_t kSummary = 1024, kDetail = 1000;
constexpr auto kPause = std::chrono::minutes{2};  // after 429: "preferably with a backoff of a few minutes"

const char* severity_word(Severity severity) {
    switch (severity) {
        case Severity::Critical:
            return "critical";
        case Severity::High:
            return "error";
        case Severity::Medium:
        case Severity::Low:
            return "warning";
        case Severity::Info:
            break;
    }
    return "info";
}

// Never empty, since PagerDuty refuses an empty summary.
std::string headline(const Finding& finding) {
    if (!finding.summary.empty()) return finding.summary;
    if (!finding.title.empty()) return finding.title;
    return finding.kind.empty() ? "a finding of redshank" : finding.kind;
}

json::array fitted(const std::vector<std::string>& lines, size_t most) {
    json::array out;
    for (const std::string& line : lines) {
        if (out.size() < most) out.emplace_back(fit(line, kDetail));
    }
    return out;
}

json::object details(const Alert& alert, const MessageText& message) {
    const Finding& finding = alert.finding;
    json::object out;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) out[name] = fit(value, kDetail);
    };
    add("why_it_matters", message.matters);
    if (const auto lines = first_lines(message, kDetail, Shown::Plain); !lines.empty())
        out["do_first"] = fitted(lines, lines.size());
    add("who", actor_name(finding));
    add("verb", finding.verb);
    add("object", object_name(finding));
    add("source_ip", finding.who().source_ip);
    add("user_agent", finding.who().user_agent);
    add("grant", finding.grant);
    if (finding.code != 0) out["code"] = finding.code;
    out["events"] = finding.count;
    add("first_seen", audit::format_time(finding.first_seen));
    add("last_seen", audit::format_time(finding.last_seen));
    out["reasons"] = fitted(message.because, 20);
    json::array evidence;
    for (const Evidence& event : finding.evidence) {
        if (evidence.size() == 10) break;
        evidence.emplace_back(fit(audit::format_time(event.time) + " " + event.audit_id + " " + event.source +
                                      "@" + std::to_string(event.offset),
                                  kDetail));
    }
    out["evidence"] = std::move(evidence);
    out["finding"] = alert.finding.id;
    if (alert.incident) {
        out["incident"] = alert.incident->id;
        json::object facts;
        for (const auto& [name, value] : message.facts) facts[name] = fit(value, kDetail);
        out["facts"] = std::move(facts);
        out["steps"] = fitted(message.steps, message.steps.size());
    }
    if (alert.is_summary()) {
        out["findings"] = alert.findings;
        for (const auto& [name, tallies] : {std::pair{"kinds", &alert.kinds},
                                            {"top_actors", &alert.actors},
                                            {"top_objects", &alert.objects}}) {
            json::array lines;
            for (const Tally& tally : *tallies) {
                lines.emplace_back(fit(std::to_string(tally.count) + " × " + tally.value, kDetail));
            }
            out[name] = std::move(lines);
        }
    }
    if (alert.muted > 0) out["muted"] = alert.muted;
    return out;
}

json::array links(const MessageText& message) {
    json::array out;
    for (const auto& [name, link] : message.links) out.push_back({{"href", link}, {"text", name}});
    return out;
}

// https://developer.pagerduty.com/docs/send-alert-event: "invalid event" with what is wrong with it. With the
// routing key it is the configuration that is wrong.
bool faults_event(const HttpAnswer& answer) {
    boost::system::error_code no_json;
    const json::value said = json::parse(answer.body, no_json);
    if (no_json || !said.is_object()) return false;
    const json::value* status = said.get_object().if_contains("status");
    const json::value* errors = said.get_object().if_contains("errors");
    if (!status || *status != "invalid event" || !errors || !errors->is_array()) return false;
    const json::array& all = errors->get_array();
    return !all.empty() && std::all_of(all.begin(), all.end(), [](const json::value& error) {
        return error.is_string() &&
               std::string_view(error.get_string()).find("key") == std::string_view::npos;
    });
}

class PagerdutySink : public AlertSink {
  public:
    PagerdutySink(const PagerdutyConfig& config, const ReceiverConfig& receiver)
        : url_(config.target.url.empty() && config.target.url_file.empty() ? "https://events.pagerduty.com"
                                                                           : url_of(receiver, config.target)),
          key_(read_secret(receiver, "routing_key_file", config.routing_key_file)) {
        while (url_.ends_with('/')) url_.pop_back();
        if (key_.size() != 32) {
            throw ReceiverError(receiver, "routing_key_file must hold an integration key of 32 characters");
        }
    }

    SinkTraits traits() const override { return {.per_second = 2, .burst = 10}; }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        const Alert& alert = alerts.front();
        const MessageText message = message_of(alert);
        const bool resolved = alert.status == FindingStatus::Resolved;
        json::object event{{"routing_key", key_},
                           {"event_action", resolved ? "resolve" : "trigger"},
                           {"dedup_key", alert.id}};
        if (!resolved) {
            const Finding& finding = alert.finding;
            std::string summary = (alert.test ? "TEST: " : "") + headline(finding);
            if (alert.incident) {
                summary = message.what;
            } else if (alert.is_summary()) {
                summary = std::to_string(alert.findings) + " findings, the gravest: " + summary;
            }
            event["payload"] = json::object{
                {"summary", fit(summary, kSummary)},
                {"source", fit(finding.cluster.empty() ? "redshank" : finding.cluster, 255)},
                {"severity", severity_word(alert.severity)},
                {"timestamp", audit::format_time(finding.time)},
                {"component", fit(finding.object ? object_name(finding) : finding.detector, 255)},
                {"group", fit(finding.detector, 255)},
                {"class", fit(finding.kind, 255)},
                {"custom_details", details(alert, message)}};
            event["client"] = "redshank";
            event["links"] = links(message);
        }
        // With the limits above it stays below the 512 kB that PagerDuty takes.
        return HttpRequest{
            url_ + "/v2/enqueue", {{"Content-Type", "application/json"}}, json::serialize(event)};
    }

    Verdict judge(const HttpAnswer& answer) const override {
        Verdict verdict = judge_answer(answer, Words::Yes);
        if (faults_event(answer)) verdict.kind = Verdict::Kind::Dead;
        if (answer.status == 429 && !verdict.not_before) verdict.not_before = kPause;
        return verdict;
    }

    std::vector<std::string> secrets() const override { return {key_}; }

  protected:
    std::string url_, key_;
};

class PagerdutyChangeSink final : public PagerdutySink {
  public:
    using PagerdutySink::PagerdutySink;

    SinkTraits traits() const override {
        return {.per_second = 2,
                .burst = 10,
                .group_by = {},
                .group_wait = {},
                .group_interval = {},
                .for_people = false};
    }

    bool takes(const Alert& alert) const override {
        return alert.finding.kind == "secret-exposed" || alert.finding.kind == "secret-exposure-closed";
    }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        const Alert& alert = alerts.front();
        const Finding& finding = alert.finding;
        const MessageText message = message_of(alert);
        const json::object change{
            {"routing_key", key_},
            {"payload",
             json::object{{"summary", fit(headline(finding), kSummary)},
                          {"timestamp", audit::format_time(finding.time)},
                          {"source", fit(finding.cluster.empty() ? "redshank" : finding.cluster, 255)},
                          {"custom_details", details(alert, message)}}},
            {"links", links(message)}};
        return HttpRequest{
            url_ + "/v2/change/enqueue", {{"Content-Type", "application/json"}}, json::serialize(change)};
    }
};

}  // namespace

void read(ConfigTable& table, PagerdutyConfig& config) {
    read(table, config.target);
    table.read("routing_key_file", config.routing_key_file);
    table.read("change_events", config.change_events);
}

std::vector<NamedSink> make_sinks(const PagerdutyConfig& config, const ReceiverConfig& receiver) {
    auto out = sole_sink(receiver.name, std::make_unique<PagerdutySink>(config, receiver));
    if (config.change_events) {
        out.push_back({receiver.name + "/changes", std::make_unique<PagerdutyChangeSink>(config, receiver)});
    }
    return out;
}

}  // namespace redshank
