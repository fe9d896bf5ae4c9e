// Microsoft Teams through a Workflows webhook, which accepts only Adaptive Cards of at most 28 KB. Every text
// is a TextRun of a RichTextBlock, which interprets no markup: TextBlock and FactSet would interpret
// Markdown.
#include "exporters/teams.h"

#include <boost/json.hpp>

#include "core/finding/text.h"
#include "exporters/message.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr size_t kBlock = 1500, kValue = 400, kRun = 600, kCard = 28'000;

const char* colour_word(const Alert& alert) {
    if (alert.status == FindingStatus::Resolved) return "good";
    if (alert.severity >= Severity::High) return "attention";
    return alert.severity == Severity::Medium ? "warning" : "default";
}

json::object run(std::string_view text, size_t limit, bool strong = false) {
    json::object out{{"type", "TextRun"}, {"text", fit(text, limit)}};
    if (strong) out["weight"] = "bolder";
    return out;
}

json::object block(json::array runs) {
    return {{"type", "RichTextBlock"}, {"inlines", std::move(runs)}};
}

class TeamsSink final : public AlertSink {
  public:
    explicit TeamsSink(std::string url) : url_(std::move(url)) {}

    SinkTraits traits() const override { return {.per_second = 1, .burst = 4}; }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        std::string body = json::serialize(message(alerts.front(), 20));
        if (body.size() > kCard) body = json::serialize(message(alerts.front(), 0));
        return HttpRequest{url_, {{"Content-Type", "application/json"}}, std::move(body)};
    }

    // The answer is empty (Workflows, 202) or 1 (connectors). Teams reports its own errors as text with
    // status 200.
    Verdict judge(const HttpAnswer& answer) const override { return judge_answer(answer, Words::Yes); }

  private:
    static json::object message(const Alert& alert, size_t lines) {
        const Finding& finding = alert.finding;
        const MessageText text = message_of(alert);
        json::object head = run(text.word + ": " + text.title, 200, true);
        head["size"] = "large";
        head["color"] = colour_word(alert);
        json::array body{block({std::move(head)}), block({run(text.what, kBlock)})};
        const auto fact = [&](std::string_view name, const std::string& value) {
            if (value.empty()) return;
            body.push_back(block({run(std::string(name) + ": ", 64, true), run(value, kValue)}));
        };
        fact("Why it matters", text.matters);
        for (const std::string& line : first_lines(text, kRun, Shown::Plain))
            body.push_back(block({run("Do first: ", 64, true), run(line, kRun + 8)}));
        for (const auto& [name, value] : text.facts) fact(name, value);
        size_t left = lines;
        for (const std::string& reason : text.because) {
            if (left == 0) break;
            --left;
            fact("Why it stands out", reason);
        }
        if (text.steps.size() > 1 && lines > 0) {
            for (const std::string& step : text.steps) fact("Step", step);
        }
        if (alert.is_summary()) fact("Findings in all", std::to_string(alert.findings));
        for (const auto& [name, tallies] :
             {std::pair{"Kind", &alert.kinds}, {"By", &alert.actors}, {"On", &alert.objects}}) {
            for (const Tally& tally : *tallies) fact(name, std::to_string(tally.count) + " × " + tally.value);
        }
        if (alert.muted > 0) fact("Muted since the last message", std::to_string(alert.muted));
        fact("Finding", finding.kind + " " + alert.id);

        json::array actions;
        for (const auto& [name, link] : text.links) {
            if (link.size() > 1000) continue;
            actions.push_back({{"type", "Action.OpenUrl"}, {"title", name}, {"url", link}});
        }
        json::object card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                          {"type", "AdaptiveCard"},
                          {"version", "1.4"},
                          {"body", std::move(body)}};
        if (!actions.empty()) card["actions"] = std::move(actions);
        return {{"type", "message"},
                {"attachments",
                 json::array{json::object{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                          {"contentUrl", nullptr},
                                          {"content", std::move(card)}}}}};
    }

    std::string url_;
};

}  // namespace

void read(ConfigTable& table, TeamsConfig& config) {
    read_secret_target(table, config.target);
}

std::vector<NamedSink> make_sinks(const TeamsConfig& config, const ReceiverConfig& receiver) {
    return sole_sink(receiver.name, std::make_unique<TeamsSink>(url_of(receiver, config.target)));
}

}  // namespace redshank
