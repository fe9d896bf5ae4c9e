// How an incident is laid out on a terminal: columns, ends of lists, states.
#include "exporters/incident_text.h"

#include <gmock/gmock.h>

#include <functional>

#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Incident bare() {
    Incident incident;
    incident.id = "i_abcdefghij";
    incident.severity = Severity::High;
    incident.opened = incident.last = test::kAlertTime;
    incident.title = "What it is";
    return incident;
}

TEST(IncidentText, WordsGoToTheNextLineWhenTheyDoNotFit) {
    Incident incident = bare();
    incident.summary = "aaa bbb cccc";
    const auto lines = [&](size_t width) {
        const std::string text = incident_text(incident, width);
        const size_t begin = text.find('\n') + 1;
        return text.substr(begin, text.find(std::string(12, ' ') + "0") - begin);
    };
    const std::string margin(12, ' ');
    EXPECT_EQ(lines(24), margin + "aaa bbb cccc\n");  // 12 + 12
    EXPECT_EQ(lines(23), margin + "aaa bbb\n" + margin + "cccc\n");
    EXPECT_EQ(lines(19), margin + "aaa bbb\n" + margin + "cccc\n");
    EXPECT_EQ(lines(18), margin + "aaa\n" + margin + "bbb\n" + margin + "cccc\n");
    EXPECT_EQ(lines(1), margin + "aaa\n" + margin + "bbb\n" + margin + "cccc\n");
    incident.summary = "üüü bbb";  // columns are characters
    EXPECT_EQ(lines(19), margin + "üüü bbb\n");
}

TEST(IncidentText, HeadAndState) {
    Incident incident = bare();
    EXPECT_THAT(incident_text(incident, 80), StartsWith("HIGH     i_abcdef  2026-01-05 10:00:05Z  open\n"));
    incident.cluster = "prod";
    EXPECT_THAT(incident_text(incident, 80, "2 min ago"),
                StartsWith("HIGH     i_abcdef  2026-01-05 10:00:05Z (2 min ago)  prod  open\n"));
    EXPECT_EQ(state_words(incident), "open");
    incident.acknowledged = {test::kAlertTime, "erin", ""};
    EXPECT_EQ(state_words(incident), "acknowledged by erin");
    incident.closed = test::kAlertTime + seconds{61};
    incident.closed_because = "quiet";
    EXPECT_EQ(state_words(incident), "closed after 1m 1s: quiet");
    incident.severity = Severity::Critical;
    EXPECT_THAT(incident_text(incident, 80), StartsWith("CRITICAL i_abcdef"));
    EXPECT_THAT(incident_text(incident, 80), HasSubstr("            What it is\n"));  // there is no summary
}

TEST(IncidentText, SixNamesAndThatThereAreMore) {
    const auto who = [](size_t names, uint64_t more) {
        Incident incident = bare();
        for (size_t i = 1; i <= names; ++i) incident.actors.names.push_back("n" + std::to_string(i));
        incident.actors.more = more;
        const std::string text = incident_text(incident, 200);
        const size_t at = text.find("who");
        return at == text.npos ? "" : text.substr(at + 8, text.find('\n', at) - at - 8);
    };
    EXPECT_EQ(who(0, 0), "");
    EXPECT_EQ(who(1, 0), "n1");
    EXPECT_EQ(who(6, 0), "n1; n2; n3; n4; n5; n6");
    EXPECT_EQ(who(7, 0), "n1; n2; n3; n4; n5; n6; and more");
    EXPECT_EQ(who(6, 1), "n1; n2; n3; n4; n5; n6; and more");
    EXPECT_EQ(who(1, 1), "n1; and more");
}

TEST(IncidentText, StepsFromTwoOnWithWhatIsLeftOutBetween) {
    Incident incident = bare();
    add_step(incident, {test::kAlertTime, "the first", "f_1"});
    EXPECT_THAT(incident_text(incident, 200), Not(HasSubstr("the first")));
    add_step(incident, {test::kAlertTime + seconds{1}, "the second", "f_1"});
    EXPECT_THAT(incident_text(incident, 200), HasSubstr("    10:00:05 the first\n    10:00:06 the second\n"));
    for (int i = 3; i <= 20; ++i)
        add_step(incident, {test::kAlertTime + seconds{i}, "step " + std::to_string(i), "f_1"});
    EXPECT_THAT(incident_text(incident, 200), Not(HasSubstr("more")));
    for (int i = 21; i <= 22; ++i)
        add_step(incident, {test::kAlertTime + seconds{i}, "step " + std::to_string(i), "f_1"});
    EXPECT_THAT(incident_text(incident, 200),
                HasSubstr("step 10\n            … 2 more\n    10:00:18 step 13\n"));
}

TEST(IncidentText, CountsItsFindingsAndNamesTheirKinds) {
    Incident incident = bare();
    const auto end = [&] {
        const std::string text = incident_text(incident, 200);
        return text.substr(text.rfind('\n', text.size() - 2) + 13);
    };
    incident.findings.resize(1);
    EXPECT_EQ(end(), "1 finding\n");
    incident.findings_more = 2;
    EXPECT_EQ(end(), "3 findings\n");
    incident.kinds.add("a");
    EXPECT_EQ(end(), "3 findings: a\n");
    incident.kinds.add("b");
    EXPECT_EQ(end(), "3 findings: a, b\n");
}

TEST(IncidentText, LongTextsAreCut) {
    const auto text = [](auto set, size_t size) {
        Incident incident = bare();
        set(incident, std::string(size, 'x'));
        return incident_text(incident, 9000);
    };
    const struct {
        const char* what;
        size_t limit;
        std::function<void(Incident&, std::string)> set;
    } kCases[] = {
        {"summary", 1200, [](Incident& one, std::string it) { one.summary = std::move(it); }},
        {"cluster", 120, [](Incident& one, std::string it) { one.cluster = std::move(it); }},
        {"actor", 120, [](Incident& one, std::string it) { one.actors.add(it); }},
        {"object", 120, [](Incident& one, std::string it) { one.objects.add(it); }},
        {"kind", 120, [](Incident& one, std::string it) { one.kinds.add(it); }},
        {"closed", 120,
         [](Incident& one, std::string it) { one.closed = one.last, one.closed_because = std::move(it); }},
        {"acknowledged", 120,
         [](Incident& one, std::string it) {
             one.acknowledged = {one.last, std::move(it), ""};
         }},
        {"step", 1200,
         [](Incident& one, std::string it) {
             add_step(one, {one.last, std::move(it), ""});
             add_step(one, {one.last, "b", ""});
         }},
    };
    for (const auto& [what, limit, set] : kCases) {
        EXPECT_THAT(text(set, limit), HasSubstr(std::string(limit, 'x'))) << what;
        EXPECT_THAT(text(set, limit + 1), HasSubstr("xxx… (33 more)")) << what;
    }
}

TEST(IncidentNews, SaysWhatIsNewAndHowManyMore) {
    Alert alert = test::incident_alert();
    alert.turn = IncidentTurn::Grew;
    alert.finding.summary.clear();
    EXPECT_THAT(incident_news(alert, 200), EndsWith("            Secret read through a grant to everyone\n"));
    alert.finding.status = FindingStatus::Resolved;
    EXPECT_THAT(incident_news(alert, 200),
                EndsWith("            Over: Secret read through a grant to everyone\n"));
    alert.findings = 2;
    alert.kinds = {{"a", 1}, {"b", 1}};
    EXPECT_THAT(incident_news(alert, 200), EndsWith("            with 1 more: a, b\n"));
}

}  // namespace
}  // namespace redshank
