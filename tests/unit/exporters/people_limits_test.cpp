// Every limit of the receivers that people read: a text of that length is whole, one of a character more is
// cut.
#include "tests/unit/exporters/limits.h"

namespace redshank {
namespace {

namespace json = boost::json;
using test::expect_limit;
using test::finding_alert;
using test::Receivers;
using ::testing::ElementsAre;

const audit::Time kNow = test::kAlertTime;

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

}  // namespace
}  // namespace redshank
