// What a message says, before a receiver gives it its form.
#include "exporters/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/exporters/sample_alerts.h"

namespace redshank {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Message, SaysWhyItMattersAndWhatToDoFirst) {
    const MessageText message = message_of(test::incident_alert());
    EXPECT_EQ(message.matters, "What was read must be taken as known to others.");
    EXPECT_THAT(
        first_lines(message, 600, Shown::Plain),
        ElementsAre("1. kubectl delete rolebinding tmp -n payments (take away what lets everybody in)",
                    "2. redshank secrets --secret payments/db-main (who else read it)",
                    "3. redshank incident i_abcdef (what else they did)"));
    EXPECT_THAT(message.facts, Contains(Pair("From", "203.0.113.9")));
    EXPECT_THAT(message.facts, Contains(Pair("With", "curl/8.0")));
    EXPECT_THAT(message.facts,
                Contains(Pair("Allowed by",
                              "RoleBinding payments/tmp → ClusterRole edit → Group system:authenticated")));
    EXPECT_THAT(message.because, ElementsAre("the grant is to every authenticated user"));
    EXPECT_THAT(message.links, ElementsAre(Pair("Runbook", "https://wiki/runbooks/secret-read-unprotected")));
}

TEST(Message, OfAFindingByItselfHasTheSame) {
    const MessageText message = message_of(alert_of(test::secret_read(), test::kAlertTime));
    EXPECT_EQ(message.matters, "What was read must be taken as known to others.");
    EXPECT_EQ(message.first.size(), 3U);
}

TEST(Message, OfAnEndATestOrAHeartbeatAsksForNothing) {
    Alert over = alert_of(test::secret_read(), test::kAlertTime);
    over.status = over.finding.status = FindingStatus::Resolved;
    for (const Alert& alert : {test::closed_incident_alert(), over, test_alert("c", test::kAlertTime),
                               heartbeat_alert("c", test::kAlertTime)}) {
        const MessageText message = message_of(alert);
        EXPECT_EQ(message.matters, "") << alert.finding.kind;
        EXPECT_THAT(message.first, IsEmpty()) << alert.finding.kind;
    }
}

TEST(Message, AnEscalationLeadsWithWhatIsNew) {
    Alert alert = test::incident_alert();
    const std::string before = message_of(alert).what;
    alert.finding.summary = "grace read Secret vault/root.";
    EXPECT_EQ(message_of(alert).what, before);
    alert.turn = IncidentTurn::Escalated;
    EXPECT_EQ(message_of(alert).what, "grace read Secret vault/root. Before: " + before);
    EXPECT_THAT(message_of(alert).push,
                ::testing::HasSubstr("ESCALATED prod-eu · grace read Secret vault/root. Before: "));
    alert.finding.summary = before;  // it is what people read already
    EXPECT_EQ(message_of(alert).what, before);
    alert.finding.summary = "";
    EXPECT_EQ(message_of(alert).what, before);
    alert.finding.summary = "grace read Secret vault/root.";
    alert.status = FindingStatus::Resolved;
    EXPECT_THAT(message_of(alert).what, ::testing::Not(::testing::HasSubstr("grace")));
}

TEST(Message, OfATestNamesItsCluster) {
    EXPECT_EQ(test_alert("prod-eu", test::kAlertTime).finding.cluster, "prod-eu");
    EXPECT_THAT(message_of(test_alert("prod-eu", test::kAlertTime)).push,
                ::testing::StartsWith("TEST INFO prod-eu · This is a test"));
}

TEST(Message, OfARuleHasTheAdviceOfRules) {
    Finding finding = test::secret_read();
    finding.detector = "rule";
    finding.kind = "our-own-rule";
    finding.mitre.clear();
    const MessageText message = message_of(alert_of(finding, test::kAlertTime));
    EXPECT_EQ(message.matters, "A rule of this installation asks to be told.");
    EXPECT_THAT(
        first_lines(message, 600, Shown::Plain),
        Contains("1. redshank rules explain our-own-rule (what the rule looks for, and known false alarms)"));
}

// Four names, then how many more, whether the incident holds them or only their number.
TEST(Message, NamesFourAndCountsTheRest) {
    const struct {
        size_t names;
        uint64_t more;
        const char* said;
    } kCases[] = {
        {1, 0, "n1"},
        {4, 0, "n1; n2; n3; n4"},
        {5, 0, "n1; n2; n3; n4; and 1 more"},
        {4, 1, "n1; n2; n3; n4; and 1 more"},
        {6, 3, "n1; n2; n3; n4; and 5 more"},
    };
    for (const auto& [names, more, said] : kCases) {
        Incident incident = *test::incident_alert().incident;
        incident.actors = {};
        for (size_t i = 1; i <= names; ++i) incident.actors.names.push_back("n" + std::to_string(i));
        incident.actors.more = more;
        EXPECT_THAT(message_of(incident).facts, Contains(Pair("Who", said)));
    }
}

// The first three steps and the last three.
TEST(Message, ShowsBothEndsOfTheSteps) {
    const struct {
        size_t steps;
        uint64_t more;
        std::vector<std::string> said;
    } kCases[] = {
        {0, 0, {}},
        {3, 0, {"s0", "s1", "s2"}},
        {6, 0, {"s0", "s1", "s2", "s3", "s4", "s5"}},
        {7, 0, {"s0", "s1", "s2", "… 1 more", "s4", "s5", "s6"}},
        {6, 2, {"s0", "s1", "s2", "… 2 more", "s3", "s4", "s5"}},
        {8, 2, {"s0", "s1", "s2", "… 4 more", "s5", "s6", "s7"}},
    };
    for (const auto& [steps, more, said] : kCases) {
        Incident incident = *test::incident_alert().incident;
        incident.steps.clear();
        for (size_t i = 0; i < steps; ++i)
            incident.steps.push_back({test::kAlertTime, "s" + std::to_string(i), "f_1"});
        incident.steps_more = more;
        std::vector<std::string> shown;
        for (const std::string& line : message_of(incident).steps) {
            const bool has_time = line.starts_with("2026-01-05 10:00:05Z ");
            shown.push_back(has_time ? line.substr(21) : line);
        }
        EXPECT_EQ(shown, said) << steps << " and " << more;
    }
}

TEST(Message, SaysOnlyWhatThereIsToSay) {
    using testing::Not;
    Incident incident = *test::incident_alert().incident;
    incident.findings_more = 1;
    EXPECT_THAT(message_of(incident).facts, Not(Contains(Pair("Findings", testing::_))));
    incident.findings_more = 2;
    EXPECT_THAT(message_of(incident).facts, Contains(Pair("Findings", "2")));
    EXPECT_THAT(message_of(incident).facts, Contains(Pair("Last", "2026-01-05 10:00:03Z")));
    incident.last = incident.opened;
    EXPECT_THAT(message_of(incident).facts, Not(Contains(Pair("Last", testing::_))));
    incident.summary.clear();
    EXPECT_EQ(message_of(incident).what, incident.title);
    incident.matters = "All is lost.";
    EXPECT_EQ(message_of(incident).matters, "All is lost.");
    incident.lead_kind.clear();  // nothing is known of it
    EXPECT_EQ(message_of(incident).matters, "");

    Finding finding = test::secret_read();
    finding.code = 0;
    finding.count = 1;
    finding.first_seen = {};
    const auto facts = [&] { return message_of(alert_of(finding, test::kAlertTime)).facts; };
    EXPECT_THAT(facts(), Contains(Pair("What", "get secrets payments/db-main")));
    EXPECT_THAT(facts(), Not(Contains(Pair("Events", testing::_))));
    EXPECT_THAT(facts(), Not(Contains(Pair("Since", testing::_))));
    finding.verb.clear();
    finding.code = 403;
    finding.count = 2;
    finding.first_seen = finding.last_seen;
    EXPECT_THAT(facts(), Contains(Pair("What", "secrets payments/db-main → 403")));
    EXPECT_THAT(facts(), Contains(Pair("Events", "2, last 2026-01-05 10:00:03Z")));
    EXPECT_THAT(facts(), Contains(Pair("Since", "2026-01-05 10:00:03Z")));
}

TEST(Message, BeginsWithHowGraveItIs) {
    Alert alert = test::incident_alert();
    EXPECT_EQ(message_of(alert).word, "Critical");
    alert.turn = IncidentTurn::Escalated;
    EXPECT_EQ(message_of(alert).word, "Critical, escalated");
    EXPECT_EQ(message_of(test::closed_incident_alert()).word, "Closed after 1d");
    alert.incident.reset();
    EXPECT_EQ(message_of(alert).word, "Critical");
    alert.status = FindingStatus::Resolved;
    EXPECT_EQ(message_of(alert).word, "Resolved");
    alert.finding.cluster.clear();
    alert.finding.summary.clear();
    EXPECT_EQ(message_of(alert).push, "RESOLVED · " + alert.finding.title);
}

// Receivers show "://" otherwise, and cut what is long: such a command would do something else.
TEST(Message, ShowsACommandAsItIsOrNotAtAll) {
    const struct {
        const char* command;
        size_t limit;
        Shown shown;
        bool is_shown;
    } cases[] = {
        {"redshank last-access --user alice", 64, Shown::Plain, true},
        {"redshank last-access --user alice", 36, Shown::Plain, false},
        {"redshank last-access --user https://idp#alice", 200, Shown::Plain, false},
        {"redshank last-access --user https://idp#alice", 200, Shown::Slack, false},
        {"redshank last-access --user https://idp#alice", 200, Shown::Exact, true},
        {"redshank last-access --user 'a&b'", 200, Shown::Slack, true},
        {"redshank last-access --user 'a&b'", 40, Shown::Slack, false},
        {"redshank last-access --user 'a&b'", 40, Shown::Plain, true},
    };
    for (const auto& c : cases) {
        MessageText message;
        message.first = {{c.command, "who"}, {"", "Ask the person."}};
        const auto lines = first_lines(message, c.limit, c.shown);
        ASSERT_EQ(lines.size(), c.is_shown ? 2U : 1U) << c.command << ' ' << c.limit;
        EXPECT_EQ(lines.back(), c.is_shown ? "2. Ask the person." : "1. Ask the person.");
    }
}

TEST(Links, AreOfTheGravestFindingOfTheIncident) {
    Alert alert = test::incident_alert();
    alert.finding.kind = "off-hours";
    add_links(alert, "https://w/{runbook}#{kind}", "https://g/{incident}?c={cluster}");
    EXPECT_EQ(alert.runbook, "https://w/secret-read-unprotected#secret-read-unprotected");
    EXPECT_EQ(alert.dashboard, "https://g/i_abcdefghijklmnopqrstuvwxyz?c=prod-eu");
    alert.incident.reset();
    alert.finding.kind = "our-own-rule";
    add_links(alert, "https://w/{runbook}", "");
    EXPECT_EQ(alert.runbook, "https://w/rule");
    EXPECT_EQ(alert.dashboard, "");
}

}  // namespace
}  // namespace redshank
