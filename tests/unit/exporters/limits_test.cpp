// Every limit of every receiver: a text of that length is whole, one of a character more is cut.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <functional>

#include "exporters/alertmanager.h"
#include "exporters/finding_text.h"
#include "exporters/pagerduty.h"
#include "exporters/registry.h"
#include "exporters/slack.h"
#include "exporters/teams.h"
#include "exporters/webhook.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

namespace json = boost::json;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const audit::Time kNow = test::kAlertTime;

class Receivers {
  public:
    Receivers() { test::write_file(folder_.file("key"), "0123456789abcdef0123456789abcdef\n"); }

    std::vector<NamedSink> sinks(const std::string& type) const {
        const Target host{.url = "http://host"};
        ReceiverConfig config{.name = "r", .type = type};
        if (type == "slack") config.own = SlackConfig{host};
        if (type == "teams") config.own = TeamsConfig{host};
        if (type == "webhook") config.own = WebhookConfig{.target = host};
        if (type == "alertmanager") config.own = AlertmanagerConfig{.target = host};
        if (type == "pagerduty") config.own = PagerdutyConfig{.routing_key_file = folder_.file("key")};
        return make_sinks(config);
    }
    json::value body(const std::string& type, const Alert& alert, size_t which = 0) const {
        const auto all = sinks(type);
        return json::parse(std::get<HttpRequest>(all.at(which).sink->render({&alert, 1}, kNow)).body);
    }
    std::string text(const std::string& type, const Alert& alert, const char* pointer) const {
        return body(type, alert).at_pointer(pointer).as_string().c_str();
    }

  private:
    test::TempDir folder_;
};

// `shown` gives what is seen of a text that the alert holds.
void expect_limit(const char* what, size_t limit, const std::function<std::string(std::string)>& shown) {
    for (const size_t size : {limit - 1, limit}) {
        const std::string whole(size, 'x');
        EXPECT_THAT(shown(whole), ::testing::EndsWith(whole)) << what << " of " << size;
    }
    const std::string cut = shown(std::string(limit + 1, 'x'));
    EXPECT_THAT(cut, ::testing::EndsWith(" more)")) << what << " of " << limit + 1;
    EXPECT_THAT(cut, Not(HasSubstr(std::string(limit, 'x')))) << what;
}

Alert finding_alert(const std::function<void(Finding&)>& change) {
    Finding finding = test::secret_read();
    change(finding);
    return alert_of(finding, kNow);
}

// ---- Slack

const json::object& slack_block(const json::value& body, size_t index) {
    return body.at_pointer("/attachments/0/blocks/" + std::to_string(index)).as_object();
}

TEST(SlackLimits, CutEachText) {
    const Receivers receivers;
    const auto shown = [&](const char* pointer, auto set) {
        return [&receivers, pointer, set](const std::string& text) {
            return receivers.text("slack", finding_alert([&](Finding& one) { set(one, text); }), pointer);
        };
    };
    const size_t word = std::string("Critical: ").size();
    expect_limit(
        "header", 150 - word,
        shown("/attachments/0/blocks/0/text/text", [](Finding& one, auto& text) { one.title = text; }));
    expect_limit("what", 2000, shown("/attachments/0/blocks/1/text/text", [](Finding& one, auto& text) {
                     one.summary = text;
                 }));
    expect_limit("fact", 300, shown("/attachments/0/blocks/4/fields/4/text", [](Finding& one, auto& text) {
                     one.grant = text;
                 }));
    expect_limit("reason", 300, shown("/attachments/0/blocks/5/text/text", [](Finding& one, auto& text) {
                     one.reasons[0].text = text;
                 }));
    const std::string before = "secret-read-unprotected  f_abcdefghijklmnopqrstuvwxyz  ";
    expect_limit("context", 300 - before.size(),
                 shown("/attachments/0/blocks/7/elements/0/text",
                       [](Finding& one, auto& text) { one.mitre = {text}; }));
    expect_limit("notification", 400 - std::string("CRITICAL prod-eu · ").size(),
                 [&](const std::string& text) {
                     Alert alert = test::incident_alert();
                     alert.incident->summary = text;
                     return receivers.text("slack", alert, "/text");
                 });
    for (const auto& [size, is_shown] : {std::pair<size_t, bool>{600, true}, {601, false}}) {
        Alert alert = test::incident_alert();
        alert.incident->first = {{"kubectl get " + std::string(size - 18, 'x'), "who"}};
        const std::string body = json::serialize(receivers.body("slack", alert));
        EXPECT_EQ(body.find("Do first") != body.npos, is_shown) << size;
    }
}

// A line that would make the section too long is left out, and so is what comes after it.
TEST(SlackLimits, ASectionOfLinesEndsBeforeItsLimit) {
    const Receivers receivers;
    const auto lines = [&](size_t last) {
        const Alert alert = finding_alert([&](Finding& one) {
            one.reasons.assign(6, {"n", std::string(300, 'a'), ""});
            one.reasons.push_back({"n", std::string(last, 'b'), ""});
        });
        return receivers.text("slack", alert, "/attachments/0/blocks/5/text/text");
    };
    // A title of 17 bytes, and for each line a newline and a bullet of 4.
    const size_t left = 2000 - 17 - 6 * 305 - 5;
    EXPECT_EQ(lines(left).size(), 2000u);
    EXPECT_EQ(lines(left + 1).size(), 2000u - 5 - left);
}

TEST(SlackLimits, AnIncidentHasAsManyFactsAsSlackTakes) {
    Alert alert = test::incident_alert();
    alert.incident->acknowledged = {kNow, "erin", "known"};
    const json::value body = Receivers().body("slack", alert);
    std::vector<std::string> names;
    for (const json::value& field : slack_block(body, 4).at("fields").as_array()) {
        const std::string text = field.at("text").as_string().c_str();
        names.push_back(text.substr(0, text.find('\n')));
    }
    EXPECT_THAT(names, ElementsAre("Who", "What", "From", "With", "Allowed by", "Cluster", "Since", "Last",
                                   "Findings", "Acknowledged by"));
}

TEST(SlackLimits, StepsAreShownWhenThereAreSeveral) {
    Alert alert = test::incident_alert();
    const auto has_steps = [&] {
        return json::serialize(Receivers().body("slack", alert)).find("Steps\\n") != std::string::npos;
    };
    EXPECT_TRUE(has_steps());
    alert.incident->steps.pop_back();
    EXPECT_FALSE(has_steps());
}

TEST(SlackLimits, ShowThreeEventsAndTheLinksThatFit) {
    const Receivers receivers;
    Alert alert = finding_alert([](Finding& one) {
        one.rule_id = "our-rule";
        one.evidence.clear();
        for (const char* id : {"a1", "a2", "a3", "a4"})
            one.evidence.push_back({id, one.time, "audit.log", 7});
    });
    alert.runbook = "https://w/" + std::string(990, 'r');
    alert.dashboard = "https://w/" + std::string(991, 'd');
    const json::value body = receivers.body("slack", alert);
    EXPECT_EQ(slack_block(body, 6).at("text").at("text").as_string(),
              "Evidence\n"
              "• 2026-01-05 10:00:03Z audit a1 in audit.log at byte 7\n"
              "• 2026-01-05 10:00:03Z audit a2 in audit.log at byte 7\n"
              "• 2026-01-05 10:00:03Z audit a3 in audit.log at byte 7");
    const json::array& context = slack_block(body, 7).at("elements").as_array();
    ASSERT_EQ(context.size(), 2u);
    EXPECT_EQ(context[0].at("text").as_string(),
              "secret-read-unprotected  f_abcdefghijklmnopqrstuvwxyz  T1552.007  rule our-rule");
    EXPECT_EQ(context[1].at("text").as_string(), "<" + alert.runbook + "|Runbook>");
    alert.runbook = "https://w/a b<c>d|e&f\x01!";
    alert.muted = 1;
    const json::value again = receivers.body("slack", alert);
    const json::array& elements = slack_block(again, 7).at("elements").as_array();
    EXPECT_EQ(elements[1].at("text").as_string(), "1 muted since the last message");
    EXPECT_EQ(elements[2].at("text").as_string(), "<https://w/a%20b%3Cc%3Ed%7Ce&amp;f%01!|Runbook>");
}

TEST(SlackLimits, AColourForEachSeverityAndForTheEnd) {
    const Receivers receivers;
    Alert alert = alert_of(test::secret_read(), kNow);
    std::vector<std::string> colours;
    for (const Severity severity :
         {Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical}) {
        alert.severity = severity;
        colours.push_back(receivers.text("slack", alert, "/attachments/0/color"));
    }
    alert.status = FindingStatus::Resolved;
    colours.push_back(receivers.text("slack", alert, "/attachments/0/color"));
    EXPECT_THAT(colours, ElementsAre("#9e9e9e", "#36c5f0", "#ecb22e", "#e01e5a", "#7b0000", "#2eb67d"));
    const json::value over = receivers.body("slack", test::closed_incident_alert());
    EXPECT_EQ(over.at_pointer("/attachments/0/blocks").as_array().size(), 3u);  // title, what, context
}

// ---- Teams

// The texts of the blocks that begin with this name.
std::vector<std::string> teams_facts(const json::value& body, const std::string& name) {
    std::vector<std::string> out;
    for (const json::value& block : body.at_pointer("/attachments/0/content/body").as_array()) {
        const json::array& runs = block.at("inlines").as_array();
        if (runs.size() == 2 && runs[0].at("text").as_string() == name + ": ")
            out.emplace_back(runs[1].at("text").as_string().c_str());
    }
    return out;
}

TEST(TeamsLimits, CutEachText) {
    const Receivers receivers;
    expect_limit("head", 200 - std::string("Critical: ").size(), [&](const std::string& text) {
        return receivers.text("teams", finding_alert([&](Finding& one) { one.title = text; }),
                              "/attachments/0/content/body/0/inlines/0/text");
    });
    expect_limit("what", 1500, [&](const std::string& text) {
        return receivers.text("teams", finding_alert([&](Finding& one) { one.summary = text; }),
                              "/attachments/0/content/body/1/inlines/0/text");
    });
    expect_limit("fact", 400, [&](const std::string& text) {
        const Alert alert = finding_alert([&](Finding& one) { one.grant = text; });
        return teams_facts(receivers.body("teams", alert), "Allowed by").at(0);
    });
    for (const auto& [size, is_shown] : {std::pair<size_t, bool>{600, true}, {601, false}}) {
        Alert alert = test::incident_alert();
        alert.incident->first = {{"kubectl get " + std::string(size - 18, 'x'), "who"}};
        const auto lines = teams_facts(receivers.body("teams", alert), "Do first");
        ASSERT_EQ(lines.size(), is_shown ? 1u : 0u) << size;
        EXPECT_THAT(lines, ::testing::Each("1. " + alert.incident->first[0].command + " (who)"));
    }
}

TEST(TeamsLimits, ACardThatIsTooLargeLosesItsReasonsAndSteps) {
    const Receivers receivers;
    const auto alert = [](size_t reasons) {
        Alert out = test::incident_alert();
        out.finding.reasons.assign(reasons, {"n", std::string(400, 'x'), ""});
        return out;
    };
    const json::value small = receivers.body("teams", alert(25));
    EXPECT_EQ(teams_facts(small, "Why it stands out").size(), 20u);
    EXPECT_EQ(teams_facts(small, "Step").size(), 2u);
    Alert large = alert(20);
    large.kinds.assign(30, {std::string(400, 'y'), 2});
    large.findings = 60;
    const json::value cut = receivers.body("teams", large);
    EXPECT_EQ(teams_facts(cut, "Why it stands out").size(), 0u);
    EXPECT_EQ(teams_facts(cut, "Step").size(), 0u);
    EXPECT_EQ(teams_facts(cut, "Kind").size(), 30u);
    EXPECT_THAT(teams_facts(cut, "Findings in all"), ElementsAre("60"));
}

// Bytes more than 28,000 are too many.
TEST(TeamsLimits, ACardMayHaveTwentyEightThousandBytes) {
    const Receivers receivers;
    const auto sinks = receivers.sinks("teams");
    const auto size_with = [&](size_t bytes) {
        Alert alert = test::incident_alert();
        alert.finding.reasons.assign(20, {"n", std::string(400, 'x'), ""});
        alert.kinds.assign(27, {std::string(385, 'y'), 2});
        alert.kinds.push_back({std::string(bytes, 'y'), 2});
        alert.findings = 60;
        return std::get<HttpRequest>(sinks[0].sink->render({&alert, 1}, kNow)).body.size();
    };
    size_t most = 0, bytes = 1;
    for (; bytes < 390; ++bytes) {
        const size_t size = size_with(bytes);
        if (size < most) break;  // without reasons
        most = size;
    }
    EXPECT_EQ(most, 28'000u) << bytes;
}

TEST(TeamsLimits, AColourForEachSeverityAndTheLinksThatFit) {
    const Receivers receivers;
    Alert alert = alert_of(test::secret_read(), kNow);
    std::vector<std::string> colours;
    const char* pointer = "/attachments/0/content/body/0/inlines/0/color";
    for (const Severity severity :
         {Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical}) {
        alert.severity = severity;
        colours.push_back(receivers.text("teams", alert, pointer));
    }
    alert.status = FindingStatus::Resolved;
    colours.push_back(receivers.text("teams", alert, pointer));
    EXPECT_THAT(colours, ElementsAre("default", "default", "warning", "attention", "attention", "good"));
    alert.runbook = "https://w/" + std::string(990, 'r');
    alert.dashboard = "https://w/" + std::string(991, 'd');
    const json::value body = receivers.body("teams", alert);
    const json::array& actions = body.at_pointer("/attachments/0/content/actions").as_array();
    ASSERT_EQ(actions.size(), 1u);
    EXPECT_EQ(actions[0].at("url").as_string(), alert.runbook);
    alert.runbook.clear();
    EXPECT_FALSE(
        receivers.body("teams", alert).at_pointer("/attachments/0/content").as_object().contains("actions"));
}

// ---- PagerDuty

TEST(PagerdutyLimits, CutEachText) {
    const Receivers receivers;
    const auto shown = [&](const char* pointer, auto set) {
        return [&receivers, pointer, set](const std::string& text) {
            return receivers.text("pagerduty", finding_alert([&](Finding& one) { set(one, text); }), pointer);
        };
    };
    expect_limit("summary", 1024,
                 shown("/payload/summary", [](Finding& one, auto& text) { one.summary = text; }));
    expect_limit("source", 255,
                 shown("/payload/source", [](Finding& one, auto& text) { one.cluster = text; }));
    expect_limit("component", 255 - std::string("secrets payments/").size(),
                 shown("/payload/component", [](Finding& one, auto& text) { one.object->name = text; }));
    expect_limit("group", 255,
                 shown("/payload/group", [](Finding& one, auto& text) { one.detector = text; }));
    expect_limit("class", 255, shown("/payload/class", [](Finding& one, auto& text) { one.kind = text; }));
    expect_limit("grant", 1000,
                 shown("/payload/custom_details/grant", [](Finding& one, auto& text) { one.grant = text; }));
    expect_limit("reason", 1000, shown("/payload/custom_details/reasons/0", [](Finding& one, auto& text) {
                     one.reasons[0].text = text;
                 }));
    const Alert many = finding_alert([](Finding& one) {
        one.reasons.assign(21, {"n", "r", ""});
        one.evidence.assign(11, {"a1", one.time, "audit.log", 7});
    });
    const json::value body = receivers.body("pagerduty", many);
    EXPECT_EQ(body.at_pointer("/payload/custom_details/reasons").as_array().size(), 20u);
    const json::array& evidence = body.at_pointer("/payload/custom_details/evidence").as_array();
    EXPECT_EQ(evidence.size(), 10u);
    EXPECT_EQ(evidence[0].as_string(), "2026-01-05T10:00:03.500000Z a1 audit.log@7");
}

TEST(PagerdutyLimits, WordsForWhatIsMissingAndForEachSeverity) {
    const Receivers receivers;
    std::vector<std::string> words;
    Alert alert = alert_of(test::secret_read(), kNow);
    for (const Severity severity :
         {Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical}) {
        alert.severity = severity;
        words.push_back(receivers.text("pagerduty", alert, "/payload/severity"));
    }
    EXPECT_THAT(words, ElementsAre("info", "warning", "warning", "error", "critical"));
    std::vector<std::string> summaries;
    const auto summary = [&] { summaries.push_back(receivers.text("pagerduty", alert, "/payload/summary")); };
    alert.findings = 2;
    summary();
    alert.findings = 1;
    alert.test = true;
    alert.finding.summary.clear();
    summary();
    alert.test = false;
    alert.finding.title.clear();
    summary();
    alert.finding.kind.clear();
    summary();
    EXPECT_THAT(summaries, ElementsAre("2 findings, the gravest: " + test::secret_read().summary,
                                       "TEST: Secret read through a grant to everyone",
                                       "secret-read-unprotected", "a finding of redshank"));
    alert.finding.cluster.clear();
    alert.finding.object.reset();
    alert.muted = 3;
    const json::value body = receivers.body("pagerduty", alert);
    EXPECT_EQ(body.at_pointer("/payload/source").as_string(), "redshank");
    EXPECT_EQ(body.at_pointer("/payload/component").as_string(), "secret_exposure");
    EXPECT_EQ(body.at_pointer("/payload/custom_details/muted").as_int64(), 3);
    EXPECT_EQ(body.at_pointer("/payload/custom_details/code").as_int64(), 200);
}

TEST(PagerdutyLimits, OnlyWhatExposesASecretIsAChange) {
    const Receivers receivers;
    const auto sinks = receivers.sinks("pagerduty");
    ASSERT_EQ(sinks.size(), 2u);
    for (const auto& [kind, is_change] : {std::pair{"secret-exposed", true},
                                          {"secret-exposure-closed", true},
                                          {"secret-read-unprotected", false}}) {
        const Alert alert = finding_alert([kind = kind](Finding& one) { one.kind = kind; });
        EXPECT_TRUE(sinks[0].sink->takes(alert)) << kind;
        EXPECT_EQ(sinks[1].sink->takes(alert), is_change) << kind;
    }
}

TEST(PagerdutyLimits, AChangeIsCutToo) {
    const Receivers receivers;
    const auto change = [&](auto set, const char* pointer) {
        return [&receivers, set, pointer](const std::string& text) {
            const Alert alert = finding_alert([&](Finding& one) { set(one, text); });
            return std::string(receivers.body("pagerduty", alert, 1).at_pointer(pointer).as_string().c_str());
        };
    };
    expect_limit("summary", 1024,
                 change([](Finding& one, auto& text) { one.summary = text; }, "/payload/summary"));
    expect_limit("source", 255,
                 change([](Finding& one, auto& text) { one.cluster = text; }, "/payload/source"));
    const Alert nowhere = finding_alert([](Finding& one) { one.cluster.clear(); });
    EXPECT_EQ(receivers.body("pagerduty", nowhere, 1).at_pointer("/payload/source").as_string(), "redshank");
}

// ---- Alertmanager

TEST(AlertmanagerLimits, CutEachText) {
    const Receivers receivers;
    const auto shown = [&](const char* pointer, auto set) {
        return [&receivers, pointer, set](const std::string& text) {
            return receivers.text("alertmanager", finding_alert([&](Finding& one) { set(one, text); }),
                                  pointer);
        };
    };
    expect_limit("label", 200,
                 shown("/0/labels/cluster", [](Finding& one, auto& text) { one.cluster = text; }));
    expect_limit("annotation", 4000,
                 shown("/0/annotations/grant", [](Finding& one, auto& text) { one.grant = text; }));
    // Steps are lines of up to 1000 bytes; those that are more than 4000 together are left out.
    const auto steps = [&](size_t last) {
        Alert alert = test::incident_alert();
        alert.incident->steps.clear();
        const size_t clock = std::string("2026-01-05 10:00:00Z ").size();
        for (size_t i = 0; i < 3; ++i)
            add_step(*alert.incident, {kNow, std::string(1000 - clock, 'x'), "f_1"});
        add_step(*alert.incident, {kNow, std::string(last - clock, 'y'), "f_2"});
        return receivers.text("alertmanager", alert, "/0/annotations/steps").size();
    };
    EXPECT_EQ(steps(997), 4000u);
    EXPECT_EQ(steps(998), 3002u);
    expect_limit("step", 1000 - std::string("2026-01-05 10:00:05Z ").size(), [&](const std::string& text) {
        Alert alert = test::incident_alert();
        alert.incident->steps = {{kNow, text, "f_1"}};
        return receivers.text("alertmanager", alert, "/0/annotations/steps");
    });
}

TEST(AlertmanagerLimits, AnAlertLastsFourMinutesAndNeverEndsBeforeItStarts) {
    const Receivers receivers;
    const auto times = [&](const Alert& alert) {
        return std::pair(receivers.text("alertmanager", alert, "/0/startsAt"),
                         receivers.text("alertmanager", alert, "/0/endsAt"));
    };
    Alert alert = finding_alert([](Finding& one) { one.first_seen = kNow - minutes{1}; });
    EXPECT_EQ(times(alert),
              std::pair(audit::format_time(kNow - minutes{1}), audit::format_time(kNow + minutes{4})));
    alert.finding.first_seen = kNow + minutes{9};  // a clock ahead
    EXPECT_EQ(times(alert),
              std::pair(audit::format_time(kNow + minutes{4}), audit::format_time(kNow + minutes{4})));
    alert.status = FindingStatus::Resolved;
    alert.finding.first_seen = kNow - minutes{2};
    alert.finding.time = kNow - minutes{1};
    EXPECT_EQ(times(alert),
              std::pair(audit::format_time(kNow - minutes{2}), audit::format_time(kNow - minutes{1})));
    alert.finding.time = kNow + minutes{1};
    EXPECT_EQ(times(alert).second, audit::format_time(kNow));
}

TEST(AlertmanagerLimits, EachMemberIsASinkWithTheWholeAddress) {
    const auto made = [](std::vector<std::string> urls) {
        std::vector<std::string> out;
        const Alert alert = alert_of(test::secret_read(), kNow);
        ReceiverConfig config{
            .name = "am", .type = "alertmanager", .own = AlertmanagerConfig{.urls = std::move(urls)}};
        for (const NamedSink& named : make_sinks(config))
            out.push_back(named.name + " " +
                          std::get<HttpRequest>(named.sink->render({&alert, 1}, kNow)).url);
        return out;
    };
    EXPECT_THAT(made({"http://a//"}), ElementsAre("am http://a/api/v2/alerts"));
    EXPECT_THAT(made({"http://a/api/v2/alerts/", "http://b/prefix"}),
                ElementsAre("am/1 http://a/api/v2/alerts", "am/2 http://b/prefix/api/v2/alerts"));
}

// ---- the terminal and the journal

TEST(FindingText, CutsEachText) {
    const auto line = [](const std::string& text, size_t number) {
        size_t at = 0;
        for (size_t i = 0; i < number; ++i) at = text.find('\n', at) + 1;
        return text.substr(at, text.find_last_not_of(' ', text.find('\n', at) - 1) + 1 - at);
    };
    const auto shown = [&](size_t number, auto set) {
        return [=](const std::string& text) {
            Finding finding = test::secret_read();
            set(finding, text);
            return line(finding_text(finding), number);
        };
    };
    expect_limit("cluster", 80, shown(0, [](Finding& one, auto& text) { one.cluster = text; }));
    expect_limit("kind", 80, shown(0, [](Finding& one, auto& text) { one.kind = text, one.cluster = ""; }));
    expect_limit("summary", 1000, shown(1, [](Finding& one, auto& text) { one.summary = text; }));
    expect_limit("reasons", 1000, shown(2, [](Finding& one, auto& text) { one.reasons[0].text = text; }));
    expect_limit("id", 80, shown(3, [](Finding& one, auto& text) {
                     one.id = text, one.count = 0, one.evidence.clear();
                 }));
    const std::string event = "    f_abcdefghijklmnopqrstuvwxyz; audit ";
    for (const size_t more : {0, 1}) {
        Finding long_names = test::secret_read();
        long_names.count = 0;
        long_names.evidence = {{std::string(80 + more, 'a'), kNow, std::string(200 + more, 's'), 7}};
        const bool is_cut = more > 0;
        EXPECT_EQ(line(finding_text(long_names), 3),
                  event + (is_cut ? std::string(48, 'a') + "… (33 more)" : std::string(80, 'a')) + " in " +
                      (is_cut ? std::string(168, 's') + "… (33 more)" : std::string(200, 's')) +
                      " at byte 7");
    }
    Finding finding = test::secret_read();
    finding.reasons.push_back({"n", "and more", ""});
    finding.count = 1;
    EXPECT_EQ(line(finding_text(finding), 2), "    why: the grant is to every authenticated user; and more");
    EXPECT_EQ(line(finding_text(finding), 3),
              "    f_abcdefghijklmnopqrstuvwxyz; 1 event; audit 0d5e in audit.log at byte 1234");
    finding.count = 2;
    EXPECT_THAT(line(finding_text(finding), 3), HasSubstr("; 2 events since 2026-01-05 10:00:01Z; audit"));
}

TEST(FindingText, NamesObjectsAsKubectlDoes) {
    const struct {
        FindingObject object;
        const char* name;
    } kCases[] = {
        {{"", "v1", "secrets", "", "shop", "db"}, "secrets shop/db"},
        {{"", "v1", "secrets", "", "shop", ""}, "secrets shop"},
        {{"", "v1", "nodes", "", "", "n1"}, "nodes n1"},
        {{"", "v1", "nodes", "", "", ""}, "nodes"},
        {{"apps", "v1", "deployments", "scale", "shop", "web"}, "deployments.apps/scale shop/web"},
    };
    for (const auto& [object, name] : kCases) {
        Finding finding;
        finding.object = object;
        EXPECT_EQ(object_name(finding), name);
    }
    EXPECT_EQ(object_name(Finding{}), "");
    EXPECT_EQ(actor_name(Finding{}), "");
    Finding nobody;
    nobody.actor.emplace();
    EXPECT_EQ(actor_name(nobody), "(unauthenticated)");
}

TEST(JournalLimits, CutEachTextAndOrderBySeverity) {
    const auto sinks = Receivers().sinks("journald");
    const auto field = [&](const Alert& alert, const std::string& name) {
        const auto entry = std::get<JournalEntry>(sinks[0].sink->render({&alert, 1}, kNow));
        for (const auto& [key, value] : entry.fields) {
            if (key == name) return value;
        }
        return std::string("none");
    };
    expect_limit("message", 4000, [&](const std::string& text) {
        return field(finding_alert([&](Finding& one) { one.summary = text; }), "MESSAGE");
    });
    std::vector<std::string> priorities;
    for (const Severity severity :
         {Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical}) {
        const Alert alert = finding_alert([&](Finding& one) { one.severity = severity; });
        priorities.push_back(field(alert, "PRIORITY"));
    }
    EXPECT_THAT(priorities, ElementsAre("6", "5", "4", "3", "2"));
    Alert alert = alert_of(test::secret_read(), kNow);
    EXPECT_EQ(field(alert, "REDSHANK_DO_FIRST").find("\n"), std::string::npos);
    EXPECT_THAT(field(alert, "REDSHANK_DO_FIRST"), HasSubstr(")  2. "));
    EXPECT_EQ(field(alert, "REDSHANK_TURN"), "none");
    alert.test = true;
    EXPECT_THAT(field(alert, "MESSAGE"), ::testing::StartsWith("TEST: mallory"));
}

TEST(JournalLimits, EachFieldIsThere) {
    const auto sinks = Receivers().sinks("journald");
    const Alert alert = test::incident_alert();
    const auto entry = std::get<JournalEntry>(sinks[0].sink->render({&alert, 1}, kNow));
    std::vector<std::string> fields;
    for (const auto& [key, value] : entry.fields) {
        if (key.find("DO_FIRST") == key.npos && key.find("JSON") == key.npos)
            fields.push_back(key + "=" + value);
    }
    EXPECT_THAT(
        fields,
        ElementsAre("MESSAGE=mallory read secret payments/db-main, which everyone may read since 09:58.",
                    "MESSAGE_ID=a942cb225d9369388bfe404348cae3ad", "PRIORITY=2", "SYSLOG_IDENTIFIER=redshank",
                    "REDSHANK_FINDING=f_abcdefghijklmnopqrstuvwxyz", "REDSHANK_DETECTOR=secret_exposure",
                    "REDSHANK_KIND=secret-read-unprotected", "REDSHANK_SEVERITY=critical",
                    "REDSHANK_STATUS=firing", "REDSHANK_CLUSTER=prod-eu", "REDSHANK_USER=mallory",
                    "REDSHANK_OBJECT=secrets payments/db-main",
                    "REDSHANK_WHY_IT_MATTERS=The content of the Secret must be taken as known to others.",
                    "REDSHANK_INCIDENT=i_abcdefghijklmnopqrstuvwxyz", "REDSHANK_INCIDENT_SEVERITY=critical",
                    "REDSHANK_TURN=opened"));
}

// ---- webhook

std::string key_problem(const std::string& key) {
    const test::TempDir folder;
    test::write_file(folder.file("secret"), key + "\n");
    try {
        make_sinks(
            {.name = "r",
             .type = "webhook",
             .own = WebhookConfig{.target = {.url = "http://h"}, .secret_files = {folder.file("secret")}}});
    } catch (const ReceiverError& error) {
        const std::string text = error.what();
        return text.substr(text.rfind(": ") + 2);
    }
    return "";
}

TEST(WebhookLimits, AKeyHasTwentyFourToSixtyFourBytes) {
    const char* form = "must be whsec_ followed by base64";
    const char* size = "must hold a key of 24 to 64 bytes";
    const auto base64 = [](size_t quads, const char* end) {
        std::string out;
        for (size_t i = 0; i < quads; ++i) out += "AAAA";
        return out + end;
    };
    const std::pair<std::string, const char*> kCases[] = {
        {"whsec_" + base64(7, "AAA="), size},   // 23
        {"whsec_" + base64(8, ""), ""},         // 24
        {base64(8, ""), ""},                    // without the prefix
        {"whsec_" + base64(8, "AA=="), ""},     // 25
        {"whsec_" + base64(7, "AA=="), size},   // 22
        {"whsec_" + base64(21, ""), ""},        // 63
        {"whsec_" + base64(21, "AA=="), ""},    // 64
        {"whsec_" + base64(21, "AAA="), size},  // 65
        {"whsec_" + base64(8, "A"), form},
        {"whsec_" + base64(8, "AA"), form},
        {"whsec_" + base64(8, "AAA"), form},
        {"whsec_" + base64(8, "!!!!"), form},
        {"whsec_", size},
    };
    for (const auto& [key, problem] : kCases) EXPECT_EQ(key_problem(key), problem) << key;
}

class WebhookBody {
  public:
    static std::string text(const Alert& alert) {
        const auto sinks =
            make_sinks({.name = "r", .type = "webhook", .own = WebhookConfig{.target = {.url = "http://h"}}});
        return std::get<HttpRequest>(sinks[0].sink->render({&alert, 1}, kNow)).body;
    }
    static json::object of(const Alert& alert) { return json::parse(text(alert)).as_object(); }
};

// Bodies below 20 kB are whole; longer ones are cut only as far as it takes.
TEST(WebhookLimits, ABodyStaysBelowTwentyThousandBytes) {
    const auto with = [](size_t summary) {
        return finding_alert([&](Finding& one) { one.summary = std::string(summary, 's'); });
    };
    const size_t frame = WebhookBody::text(with(0)).size();
    const size_t most = 19'999 - frame;
    EXPECT_EQ(WebhookBody::text(with(most)).size(), 19'999u);
    EXPECT_FALSE(WebhookBody::of(with(most)).at("alert").as_object().contains("cut"));
    const json::object cut = WebhookBody::of(with(most + 1));
    EXPECT_TRUE(cut.at("alert").at("cut").as_bool());
    EXPECT_EQ(cut.at("summary").as_string().size(), 2000u - 32 + std::string("… (17000 more)").size());
}

TEST(WebhookLimits, ListsKeepTheirEndsAndTextsTheirBeginning) {
    const auto shown = [](size_t items, size_t size) {
        const json::object body = WebhookBody::of(finding_alert([&](Finding& one) {
            one.reasons.clear();
            for (size_t i = 0; i < items; ++i)
                one.reasons.push_back({std::to_string(i), std::string(size, 'r'), ""});
            one.evidence.assign(1, {"e", one.time, "audit.log", 7});
        }));
        std::vector<int> names;
        for (const json::value& reason : body.at("reasons").as_array())
            names.push_back(std::stoi(reason.at("name").as_string().c_str()));
        const size_t text = body.at("reasons").as_array().at(0).at("text").as_string().size();
        return std::tuple(names.size(), names.front(), names.back(), text);
    };
    const auto whole = [](size_t items, size_t size) {
        return std::tuple(items, 0, static_cast<int>(items) - 1, size);
    };
    EXPECT_EQ(shown(9, 2000), whole(9, 2000));                // 18 kB
    EXPECT_EQ(shown(21, 875), std::tuple(20u, 0, 20, 875u));  // one of 21 is left out
    EXPECT_EQ(shown(20, 875), whole(20, 875));
    EXPECT_EQ(shown(20, 1000), std::tuple(10u, 0, 19, 500u - 32 + std::string("… (532 more)").size()));
    EXPECT_EQ(shown(50, 100'000), std::tuple(10u, 0, 49, 500u - 32 + std::string("… (99532 more)").size()));
}

// What a hostile event is made of many texts: then each is short, and the lists too.
TEST(WebhookLimits, TheLastCutsAreTheShortest) {
    Alert alert = test::incident_alert();
    alert.incident->steps.clear();
    for (int i = 0; i < 20; ++i)
        add_step(*alert.incident, {kNow, std::string(3000, 's'), std::string(3000, 'f')});
    for (FirstNames* list : {&alert.incident->actors, &alert.incident->objects, &alert.incident->kinds,
                             &alert.incident->mitre}) {
        *list = {};
        for (int i = 0; i < 16; ++i) list->add(std::to_string(i) + std::string(3000, 'n'));
    }
    alert.finding.reasons.assign(8, {std::string(3000, 'n'), std::string(3000, 't'), std::string(3000, 'v')});
    const json::object body = WebhookBody::of(alert);
    const json::value& incident = body.at("incident");
    EXPECT_EQ(incident.at("steps").as_array().size(), 6u);
    EXPECT_EQ(incident.at("actors").as_array().size(), 6u);
    EXPECT_EQ(incident.at("actors").as_array().back().as_string().subview(0, 3), "15n");
    EXPECT_EQ(incident.at("steps").as_array()[0].at("text").as_string().size(),
              200u - 32 + std::string("… (2832 more)").size());
    alert.finding.also.assign(8, std::string(3000, 'a'));
    alert.finding.mitre.assign(8, std::string(3000, 'm'));
    alert.finding.evidence.assign(
        8, {std::string(3000, 'e'), kNow, std::string(3000, 'e'), 1, std::string(3000, 'g')});
    alert.finding.actor = FindingActor{
        std::string(3000, 'u'), std::string(3000, 'u'), std::vector<std::string>(20, std::string(3000, 'g')),
        std::string(3000, 'i'), std::string(3000, 'i'), std::string(3000, 'i')};
    const json::object more = WebhookBody::of(alert);
    EXPECT_EQ(more.at("incident").at("steps").as_array().size(), 4u);
    EXPECT_EQ(more.at("summary").as_string().size(), 64u - 32 + std::string("… (38 more)").size());
    EXPECT_LT(WebhookBody::text(alert).size(), 20'000u);
}

// ---- rates and grouping

TEST(Traits, AreThoseOfEachReceiversDocuments) {
    struct Row {
        const char* type;
        size_t which;
        double per_second, burst;
        size_t batch;
        std::vector<std::string> group_by;
        int wait, interval, repeat;  // seconds
        size_t group_burst;
        bool keep_sending, each_finding;
    };
    const std::vector<std::string> incident{"incident"};
    const Row rows[] = {
        {"stdout", 0, 10'000, 10'000, 1, incident, 2, 10, 0, 1, false, false},
        {"webhook", 0, 200, 200, 1, incident, 0, 300, 14'400, 10, false, false},
        {"slack", 0, 1, 1, 1, incident, 30, 300, 14'400, 1, false, false},
        {"teams", 0, 1, 4, 1, incident, 30, 300, 14'400, 1, false, false},
        {"pagerduty", 0, 2, 10, 1, incident, 30, 300, 14'400, 1, false, false},
        {"pagerduty", 1, 2, 10, 1, {}, 0, 0, 14'400, 1, false, false},
        {"alertmanager", 0, 5, 10, 64, {"incident", "severity"}, 0, 5, 60, 1, true, false},
        {"journald", 0, 1000, 1000, 1, incident, 0, 0, 0, 1, false, true},
    };
    const Receivers receivers;
    for (const Row& row : rows) {
        const auto sinks = receivers.sinks(row.type);
        const SinkTraits traits = sinks.at(row.which).sink->traits();
        const auto seconds = [](audit::Duration time) {
            return std::chrono::duration_cast<std::chrono::seconds>(time).count();
        };
        EXPECT_EQ(traits.per_second, row.per_second) << row.type;
        EXPECT_EQ(traits.burst, row.burst) << row.type;
        EXPECT_EQ(traits.batch, row.batch) << row.type;
        EXPECT_EQ(traits.group_by, row.group_by) << row.type;
        EXPECT_EQ(seconds(traits.group_wait), row.wait) << row.type;
        EXPECT_EQ(seconds(traits.group_interval), row.interval) << row.type;
        EXPECT_EQ(seconds(traits.repeat_interval), row.repeat) << row.type;
        EXPECT_EQ(traits.group_burst, row.group_burst) << row.type;
        EXPECT_EQ(traits.keep_sending, row.keep_sending) << row.type;
        EXPECT_EQ(traits.each_finding, row.each_finding) << row.type;
    }
}

// ---- answers

TEST(Answers, ByStatusAtTheEdgesOfEachClass) {
    using Kind = Verdict::Kind;
    const struct {
        int status;
        Kind kind;
        const char* reason;
    } kCases[] = {
        {0, Kind::Retry, "timeout"},    {199, Kind::Retry, "http-4xx"},     {200, Kind::Delivered, ""},
        {299, Kind::Delivered, ""},     {300, Kind::Retry, "redirect"},     {399, Kind::Retry, "redirect"},
        {400, Kind::Dead, "http-4xx"},  {401, Kind::Retry, "http-4xx"},     {412, Kind::Retry, "http-4xx"},
        {413, Kind::Dead, "http-4xx"},  {414, Kind::Dead, "http-4xx"},      {415, Kind::Dead, "http-4xx"},
        {416, Kind::Retry, "http-4xx"}, {422, Kind::Dead, "http-4xx"},      {423, Kind::Retry, "http-4xx"},
        {428, Kind::Retry, "http-4xx"}, {429, Kind::Retry, "rate-limited"}, {430, Kind::Retry, "http-4xx"},
        {431, Kind::Dead, "http-4xx"},  {432, Kind::Retry, "http-4xx"},     {499, Kind::Retry, "http-4xx"},
        {500, Kind::Retry, "http-5xx"}, {599, Kind::Retry, "http-5xx"},
    };
    for (const auto& [status, kind, reason] : kCases) {
        const Verdict verdict =
            judge_by_status({.status = status, .body = "b", .problem = "timeout", .retry_after = minutes{3}});
        EXPECT_EQ(verdict.kind, kind) << status;
        EXPECT_EQ(verdict.reason, reason) << status;
        EXPECT_EQ(verdict.answered, status != 0) << status;
        // A message that is refused for good waits for nothing.
        EXPECT_EQ(verdict.not_before.has_value(), kind == Kind::Retry) << status;
    }
}

TEST(Answers, APauseThatTheReceiverDoesNotNameIsItsDocuments) {
    const Receivers receivers;
    const struct {
        const char* type;
        int status;
        std::optional<audit::Duration> asked, pause;
    } kCases[] = {
        {"slack", 429, {}, std::chrono::seconds{30}},
        {"slack", 429, minutes{5}, minutes{5}},
        {"slack", 500, {}, {}},
        {"pagerduty", 429, {}, minutes{2}},
        {"pagerduty", 429, minutes{5}, minutes{5}},
        {"pagerduty", 500, {}, {}},
        {"teams", 429, {}, {}},
    };
    for (const auto& [type, status, asked, pause] : kCases) {
        const auto sinks = receivers.sinks(type);
        EXPECT_EQ(sinks[0].sink->judge({.status = status, .retry_after = asked}).not_before, pause)
            << type << " " << status;
    }
}

TEST(Answers, AreShownInTwoHundredBytes) {
    EXPECT_EQ(describe({.status = 503}), "503");
    EXPECT_EQ(describe({.status = 0, .body = "not of an answer", .problem = "dns"}), "dns");
    expect_limit("body", 200,
                 [](const std::string& text) { return describe({.status = 503, .body = text}); });
    expect_limit("detail", 200,
                 [](const std::string& text) { return describe({.problem = "dns", .detail = text}); });
    EXPECT_EQ(describe({.problem = "dns", .detail = "no such host"}), "dns: no such host");
    for (const auto& [body, kind] : {std::pair{"ok \t\r\n", Verdict::Kind::Delivered},
                                     {"ok!", Verdict::Kind::Retry},
                                     {" ok", Verdict::Kind::Retry},
                                     {R"({"ok":"false"})", Verdict::Kind::Delivered},
                                     {R"({"success":true,"ok":false})", Verdict::Kind::Retry}}) {
        const Verdict verdict = judge_by_words({.status = 200, .body = body}, {"ok"});
        EXPECT_EQ(verdict.kind, kind) << body;
        EXPECT_EQ(verdict.reason, kind == Verdict::Kind::Retry ? "answer" : "") << body;
        EXPECT_TRUE(verdict.answered) << body;
    }
}

}  // namespace
}  // namespace redshank
