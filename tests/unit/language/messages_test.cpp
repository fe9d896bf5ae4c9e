// docs/messages.md: what each receiver shows of every kind of finding: of the first one in the sample; of
// what a source says about its log; of short scenes; and of kinds.findings.jsonl, which keeps findings of
// recordings that are too long to be read here. The sinks render it, and what they send is laid out here as
// the receiver lays it out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/finding/advice.h"
#include "core/finding/finding_json.h"
#include "core/finding/text.h"
#include "daemon/incidents/growth.h"
#include "daemon/source_findings.h"
#include "daemon/sources/log_losses.h"
#include "detectors/finding_book.h"
#include "exporters/incident_text.h"
#include "exporters/message.h"
#include "exporters/pagerduty.h"
#include "exporters/registry.h"
#include "exporters/slack.h"
#include "exporters/teams.h"
#include "tests/support/corpus.h"
#include "tests/support/language.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/language/scenes.h"
#include "tests/unit/language/talkative.h"

namespace redshank {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kHead =
    "# Messages\n\nWhat is said when an incident begins with a finding of each kind (the rules are those "
    "that the "
    "sample log fulfils): what a phone shows, what Slack, Teams and PagerDuty show, and what a terminal "
    "shows "
    "(`replay`, "
    "`incident`, the receiver `stdout`). Alertmanager's annotations, the webhook's JSON and the journal's "
    "fields "
    "have the same parts under their names ([receivers.md](receivers.md)). "
    "Written by `REDSHANK_UPDATE=1 build/dev/tests/test_language`.\n";

// One cell of a table, in which the receiver's lines are broken by <br>.
class Cell {
  public:
    void line(std::string_view text) {
        if (!text_.empty()) text_ += "<br>";
        for (const char c : text) {
            if (c == '|') {
                text_ += "\\|";
            } else if (c == '\n') {
                text_ += "<br>";
            } else if (c == '<') {
                text_ += "&lt;";
            } else {
                text_ += c;
            }
        }
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string text_of(const json::value& value) {
    return std::string(value.at("text").as_string());
}

// "Who\nalice" stands in two columns; here with a colon.
std::string field_words(std::string text) {
    const size_t end = text.find('\n');
    return end == text.npos ? text : text.replace(end, 1, ": ");
}

std::string slack_words(const json::value& body) {
    Cell cell;
    for (const json::value& block : body.at("attachments").at(0).at("blocks").as_array()) {
        const json::object& parts = block.as_object();
        if (const json::value* text = parts.if_contains("text")) cell.line(text_of(*text));
        for (const char* list : {"fields", "elements"}) {
            const json::value* items = parts.if_contains(list);
            if (!items) continue;
            for (const json::value& item : items->as_array()) cell.line(field_words(text_of(item)));
        }
    }
    return cell.text();
}

std::string teams_words(const json::value& body) {
    Cell cell;
    for (const json::value& block : body.at("attachments").at(0).at("content").at("body").as_array()) {
        std::string line;
        for (const json::value& run : block.at("inlines").as_array()) line += text_of(run);
        cell.line(line);
    }
    return cell.text();
}

std::string value_words(const json::value& value) {
    return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

std::string pagerduty_words(const json::value& body) {
    const json::object& payload = body.at("payload").as_object();
    Cell cell;
    cell.line(value_words(payload.at("summary")));
    for (const char* name : {"severity", "source", "component", "class"})
        cell.line(std::string(name) + ": " + value_words(payload.at(name)));
    for (const auto& [name, value] : payload.at("custom_details").as_object()) {
        const std::string key(name);
        if (value.is_array()) {
            for (const json::value& item : value.as_array()) cell.line(key + ": " + value_words(item));
        } else if (value.is_object()) {
            for (const auto& [inner, text] : value.as_object())
                cell.line(key + ": " + std::string(inner) + ": " + value_words(text));
        } else {
            cell.line(key + ": " + value_words(value));
        }
    }
    return cell.text();
}

// An incident that has just begun with the finding.
Alert opened_by(const Finding& finding) {
    Alert alert = alert_of(finding, finding.time);
    alert.incident = begin_incident(finding, finding.first_seen);
    take_in(*alert.incident, finding, Severity::Info);
    alert.incident->severity = finding.severity;
    alert.turn = IncidentTurn::Opened;
    alert.id = alert.incident->id;
    return alert;
}

class Receivers {
  public:
    Receivers() {
        test::write_file(folder_.file("key"), std::string(32, 'k'));
        const Target host{.url = "http://host"};
        add("slack", SlackConfig{host});
        add("teams", TeamsConfig{host});
        add("pagerduty", PagerdutyConfig{.routing_key_file = folder_.file("key"), .change_events = false});
    }
    json::value body(const char* type, const Alert& alert) const {
        const Message message = sinks_.at(type)->render({&alert, 1}, alert.created);
        return json::parse(std::get<HttpRequest>(message).body);
    }

  private:
    void add(const char* type, std::any own) {
        sinks_[type] = std::move(make_sinks({.name = "r", .type = type, .own = std::move(own)}).front().sink);
    }
    test::TempDir folder_;
    std::map<std::string, std::unique_ptr<AlertSink>> sinks_;
};

std::string section_of(const Receivers& receivers, const Alert& alert) {
    std::string out = "\n## " + alert.finding.kind + "\n\n| receiver | shows |\n| --- | --- |\n";
    const auto row = [&](const char* name, const std::string& text) {
        out += std::string("| ") + name + " | " + text + " |\n";
    };
    const json::value slack = receivers.body("slack", alert);
    Cell phone;
    phone.line(text_of(slack));
    row("phone", phone.text());
    row("Slack", slack_words(slack));
    row("Teams", teams_words(receivers.body("teams", alert)));
    row("PagerDuty", pagerduty_words(receivers.body("pagerduty", alert)));
    out += "\n";
    std::istringstream lines(incident_text(*alert.incident));
    for (std::string line; std::getline(lines, line);) out += "    " + line + "\n";
    return out;
}

using ByKind = std::map<std::string, Finding>;

// What a source says about its log and about the state.
void add_notices(ByKind& first) {
    const audit::Time before = *audit::parse_time("2026-03-04T05:06:07Z");
    LogLosses losses("/var/log/kubernetes/audit/audit.log");
    losses.lost(4096, before, {});
    losses.end_gap(before + std::chrono::minutes{7});
    losses.rewritten(8192, before);
    std::vector<SourceNotice> notices = losses.take();
    notices.push_back(
        {.kind = "audit-log-stalled",
         .what = "silent",
         .text = "Nothing has been written to /var/log/kubernetes/audit/audit.log for 10m; the longest "
                 "silence before was 12s.",
         .file = "/var/log/kubernetes/audit/audit.log",
         .from = before});
    notices.push_back(
        {.kind = "state-set-aside",
         .what = "set-aside",
         .text = "redshank began with a new state and reads the log again: the database was damaged, and "
                 "is kept as redshank.db.damaged-20260304T050607Z.",
         .file = "state",
         .from = before});
    FindingBook book;
    for (const SourceNotice& notice : notices) report_notice(notice, "prod", book);
    for (Finding& finding : book.drain(true)) first.try_emplace(finding.kind, std::move(finding));
}

void add_kept(ByKind& first) {
    std::ifstream kept(fs::path(REDSHANK_SOURCE_DIR) / "tests/unit/language/kinds.findings.jsonl");
    for (std::string line; std::getline(kept, line);) {
        Finding finding = finding_from_json(line).value();
        first.try_emplace(finding.kind, std::move(finding));
    }
}

ByKind one_of_each() {
    ByKind first;
    Engine engine(test::talkative());
    test::Log(fs::path(REDSHANK_SOURCE_DIR) / "samples/audit.log")
        .each_event([&](const audit::Event& event, uint64_t offset) {
            engine.observe(event, {.cluster = "sample", .source = "audit.log", .offset = offset});
            for (Finding& finding : engine.drain()) first.try_emplace(finding.kind, std::move(finding));
        });
    add_notices(first);
    for (Finding& finding : test::findings_of_scenes()) {
        if (finding.detector != "rule") first.try_emplace(finding.kind, std::move(finding));
    }
    add_kept(first);
    return first;
}

std::string document() {
    const Receivers receivers;
    std::string out = kHead;
    for (const auto& [kind, finding] : one_of_each()) out += section_of(receivers, opened_by(finding));
    return out;
}

TEST(Messages, AreOfEveryKindAndKeepTheRulesOfLanguage) {
    const ByKind all = one_of_each();
    for (const Advice& advice : all_advice()) {
        if (advice.kind == "rule") continue;
        EXPECT_TRUE(all.contains(std::string(advice.kind))) << advice.kind;
    }
    for (const auto& [kind, finding] : all)
        EXPECT_THAT(test::wrong_in(finding), ::testing::IsEmpty()) << kind;
}

TEST(Messages, AreThoseOfTheDocument) {
    const fs::path file = fs::path(REDSHANK_SOURCE_DIR) / "docs/messages.md";
    const std::string said = document();
    if (std::getenv("REDSHANK_UPDATE") != nullptr) std::ofstream(file) << said;
    std::stringstream written;
    written << std::ifstream(file).rdbuf();
    EXPECT_EQ(written.str(), said) << "on purpose? REDSHANK_UPDATE=1";
}

}  // namespace
}  // namespace redshank
