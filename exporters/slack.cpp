// Slack incoming webhooks. Limits: https://docs.slack.dev/reference/block-kit/blocks; one message a second
// for each URL, 429 with Retry-After. Delivered when the answer is the word "ok" (see judge()).
#include "exporters/slack.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/finding/text.h"
#include "exporters/finding_text.h"
#include "exporters/message.h"

namespace redshank {

namespace json = boost::json;

namespace {

constexpr size_t kHeader = 150, kSection = 2000, kField = 300, kContext = 300, kCommand = 600;

const char* colour(const Alert& alert) {
    if (alert.status == FindingStatus::Resolved) return "#2eb67d";
    switch (alert.severity) {
        case Severity::Critical:
            return "#7b0000";
        case Severity::High:
            return "#e01e5a";
        case Severity::Medium:
            return "#ecb22e";
        case Severity::Low:
            return "#36c5f0";
        case Severity::Info:
            break;
    }
    return "#9e9e9e";
}

// All texts are plain_text: mrkdwn has no escape for * _ ~ and `, and plain text makes neither mentions nor
// links.
json::object plain(std::string_view text, size_t limit) {
    return {{"type", "plain_text"}, {"text", fit(text, limit, Escape::Slack)}, {"emoji", false}};
}

json::object section(std::string_view text) {
    return {{"type", "section"}, {"text", plain(text, kSection)}};
}

// "name\nvalue"; the newline is ours, so name and value are fitted one by one.
json::object field(std::string_view name, std::string_view value) {
    return {{"type", "plain_text"},
            {"text", std::string(name) + "\n" + fit(value, kField, Escape::Slack)},
            {"emoji", false}};
}

json::array fields(const MessageText& message) {
    json::array out;  // at most 10, as many as Slack takes
    for (const auto& [name, value] : message.facts) out.push_back(field(name, value));
    return out;
}

// Several lines with newlines of ours between. They are fitted already.
json::object lines_section(std::string_view title, const std::vector<std::string>& lines) {
    std::string text(title);
    for (const std::string& line : lines) {
        if (text.size() + 1 + line.size() > kSection) break;
        text += "\n" + line;
    }
    return {{"type", "section"}, {"text", {{"type", "plain_text"}, {"text", text}, {"emoji", false}}}};
}

json::object list_section(std::string_view title, const std::vector<std::string>& items) {
    std::vector<std::string> lines;
    for (const std::string& item : items) lines.push_back("• " + fit(item, kField, Escape::Slack));
    return lines_section(title, lines);
}

std::vector<std::string> tally_lines(const Alert& alert) {
    std::vector<std::string> out;
    for (const auto& [name, tallies] :
         {std::pair{"", &alert.kinds}, {"by ", &alert.actors}, {"on ", &alert.objects}}) {
        for (const Tally& tally : *tallies)
            out.push_back(std::to_string(tally.count) + " × " + name + tally.value);
    }
    return out;
}

class SlackSink final : public AlertSink {
  public:
    explicit SlackSink(std::string url) : url_(std::move(url)) {}

    SinkTraits traits() const override { return {.per_second = 1, .burst = 1}; }

    Message render(std::span<const Alert> alerts, audit::Time /*now*/) const override {
        const Alert& alert = alerts.front();
        const MessageText message = message_of(alert);
        const std::string header = message.word + ": " + message.title;
        json::array blocks;
        blocks.push_back({{"type", "header"}, {"text", plain(header, kHeader)}});
        if (!message.what.empty()) blocks.push_back(section(message.what));
        // The end of an incident is a short follow-up: the first message has the rest.
        const bool is_short = alert.incident && alert.status == FindingStatus::Resolved;
        if (!is_short) add_details(blocks, alert, message);
        blocks.push_back({{"type", "context"}, {"elements", context(alert, message)}});

        // The text of notifications and screen readers: of an incident who did what and where, of a finding
        // nothing that an attacker chose.
        const std::string fallback = fit(
            alert.incident ? message.push : header + " (" + alert.finding.cluster + ")", 400, Escape::Slack);
        const json::object body{{"text", fallback},
                                {"mrkdwn", false},
                                {"parse", "none"},
                                {"link_names", false},
                                {"unfurl_links", false},
                                {"unfurl_media", false},
                                {"attachments", json::array{json::object{{"color", colour(alert)},
                                                                         {"fallback", fallback},
                                                                         {"blocks", std::move(blocks)}}}}};
        return HttpRequest{
            url_, {{"Content-Type", "application/json; charset=utf-8"}}, json::serialize(body)};
    }

    Verdict judge(const HttpAnswer& answer) const override {
        // Slack and Mattermost answer "ok"; other programs that accept Slack's messages answer with JSON or
        // nothing.
        Verdict verdict = judge_answer(answer, Words::Yes);
        // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors: the
        // others (no_service, invalid_token, channel_is_archived …) are about the webhook.
        static constexpr std::string_view kFaults[] = {"invalid_payload", "no_text", "too_many_attachments"};
        if (verdict.kind == Verdict::Kind::Refused)
            verdict.kind = std::find(std::begin(kFaults), std::end(kFaults), answer.body) != std::end(kFaults)
                               ? Verdict::Kind::Dead
                               : Verdict::Kind::Refused;
        if (answer.status == 429 && !verdict.not_before) verdict.not_before = std::chrono::seconds{30};
        return verdict;
    }

  private:
    static void add_details(json::array& blocks, const Alert& alert, const MessageText& message) {
        if (!message.matters.empty()) blocks.push_back(section("Why it matters: " + message.matters));
        if (const auto lines = first_lines(message, kCommand, Shown::Slack); !lines.empty())
            blocks.push_back(lines_section("Do first", lines));
        if (json::array all = fields(message); !all.empty()) {
            blocks.push_back({{"type", "section"}, {"fields", std::move(all)}});
        }
        if (!message.because.empty()) blocks.push_back(list_section("Why it stands out", message.because));
        if (message.steps.size() > 1) blocks.push_back(list_section("Steps", message.steps));
        if (alert.is_summary()) {
            blocks.push_back(
                list_section(std::to_string(alert.findings) + " findings in all", tally_lines(alert)));
        }
        std::vector<std::string> evidence;
        for (const Evidence& event : alert.finding.evidence) {
            if (evidence.size() == 3) break;
            evidence.push_back(short_time(event.time) + " audit " + event.audit_id + " in " + event.source +
                               " at byte " + std::to_string(event.offset));
        }
        if (!evidence.empty()) blocks.push_back(list_section("Evidence", evidence));
    }

    static json::array context(const Alert& alert, const MessageText& message) {
        const Finding& finding = alert.finding;
        json::array out;
        std::string about = finding.kind + "  " + alert.id;
        for (const std::string& technique : finding.mitre) about += "  " + technique;
        if (!finding.rule_id.empty()) about += "  rule " + finding.rule_id;
        out.push_back(plain(about, kContext));
        if (alert.muted > 0) {
            out.push_back(plain(std::to_string(alert.muted) + " muted since the last message", kContext));
        }
        // This is the only mrkdwn: links of ours, in which every value is percent-encoded.
        for (const auto& [name, link] : message.links) {
            if (link.size() > 1000) continue;
            out.push_back({{"type", "mrkdwn"}, {"text", "<" + escaped_link(link) + "|" + name + ">"}});
        }
        return out;
    }

    static std::string escaped_link(const std::string& link) {
        std::string out;
        for (const char c : link) {
            if (c == '&') {
                out += "&amp;";
            } else if (c == '<' || c == '>' || c == '|' || static_cast<unsigned char>(c) <= ' ') {
                out += url_encode(std::string_view(&c, 1));
            } else {
                out += c;
            }
        }
        return out;
    }

    std::string url_;
};

}  // namespace

void read(ConfigTable& table, SlackConfig& config) {
    read_secret_target(table, config.target);
}

std::vector<NamedSink> make_sinks(const SlackConfig& config, const ReceiverConfig& receiver) {
    return sole_sink(receiver.name, std::make_unique<SlackSink>(url_of(receiver, config.target)));
}

}  // namespace redshank
