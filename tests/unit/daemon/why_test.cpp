#include "daemon/questions/why.h"

#include <gmock/gmock.h>

#include "core/state/row.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/questions/digest.h"
#include "rules/loader.h"
#include "tests/support/command_test.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

audit::Time at(const char* clock) {
    return *audit::parse_time(std::string("2026-01-05T") + clock + "Z");
}

std::vector<std::string> texts(const std::vector<WhyRow>& rows) {
    std::vector<std::string> out;
    for (const WhyRow& row : rows)
        out.push_back(row.part + "|" + row.name + "|" + row.text + "|" + row.value);
    return out;
}

Finding finding_of_alice() {
    Finding finding{.id = "f_1", .time = at("10:00:00"), .detector = "rule", .kind = "some-rule"};
    finding.severity = Severity::Medium;
    finding.summary = "alice did it";
    finding.cluster = "c";
    finding.actor = FindingActor{.user = "alice"};
    finding.object = FindingObject{.resource = "secrets", .namespace_ = "shop", .name = "db"};
    finding.reasons = {{"new-verb", "She never did this in 16 days.", "0 of 16"}};
    finding.rule_id = "some-rule";
    finding.rule_source = "pack:1";
    finding.evidence = {{"a-1", at("09:59:00"), "audit.log", 7}, {"a-2", at("10:00:00"), "audit.log", 9}};
    return finding;
}

class WhyTest : public test::CommandTest {
  protected:
    WhyTest() {
        store_->begin();
        store_->upsert_finding(finding_of_alice());
        store_->commit();
    }
    std::vector<std::string> why_of(const Finding& finding, const char* clock = "10:00:00") {
        return texts(why(*store_, finding, at(clock)));
    }
};

TEST_F(WhyTest, FindsByIdAndByEvidence) {
    EXPECT_EQ(finding_of_id(*store_, "f_1")->summary, "alice did it");
    EXPECT_EQ(finding_of_id(*store_, "f_"), std::nullopt);
    EXPECT_EQ(findings_about(*store_, "a-2").size(), 1U);
    EXPECT_THAT(findings_about(*store_, "a-3"), IsEmpty());
}

TEST_F(WhyTest, ReasonsWithTheirNumbersAndTheRule) {
    EXPECT_THAT(why_of(finding_of_alice()),
                ElementsAre("found|f_1|alice did it|medium, firing",
                            "reason|new-verb|She never did this in 16 days.|0 of 16",
                            "rule|some-rule|from pack:1|medium"));
}

TEST_F(WhyTest, TheIncidentThatAFindingIsInAndWhatAnIncidentConsistsOf) {
    Incident incident;
    incident.id = "i_4k2mabcd";
    incident.severity = Severity::High;
    incident.summary = "alice did much";
    for (const char* id : {"f_1", "f_2", "f_gone"}) incident.findings.push_back({.id = id, .kind = "k"});
    Incident other;
    other.id = "i_other";
    other.summary = "bob did it";
    other.findings.push_back({.id = "f_3", .kind = "k"});
    write_state({{"incidents.incidents", {{"1", write_row(incident)}, {"2", write_row(other)}}},
                 {"silences",
                  {{"x1", R"({"id":"x1","matchers":["incident=i_4k2mab"],)"
                          R"("starts":"2026-01-05T09:00:00.000000Z","ends":"2026-01-05T11:00:00.000000Z",)"
                          R"("author":"ann","comment":"drill"})"}}}});
    Finding graver = finding_of_alice();
    graver.id = "f_2";
    graver.severity = Severity::High;
    graver.summary = "alice did worse";
    graver.reasons = {};
    graver.rule_id = "";
    store_->begin();
    store_->upsert_finding(graver);
    store_->commit();
    const std::string silenced =
        "silence|x1|ann silences incident=i_4k2mab: drill|until 2026-01-05T11:00:00Z";
    EXPECT_THAT(
        why_of(finding_of_alice()),
        ElementsAre("found|f_1|alice did it|medium, firing", "incident|i_4k2mabcd|alice did much|high, open",
                    "reason|new-verb|She never did this in 16 days.|0 of 16",
                    "rule|some-rule|from pack:1|medium", silenced));
    EXPECT_THAT(
        texts(why(*store_, incident, at("10:00:00"))),
        ElementsAre("incident|i_4k2mabcd|alice did much|high, open", "found|f_2|alice did worse|high, firing",
                    silenced, "found|f_1|alice did it|medium, firing",
                    "reason|new-verb|She never did this in 16 days.|0 of 16",
                    "rule|some-rule|from pack:1|medium", silenced,
                    "found||and 1 more, lesser or no longer kept|"));
    incident.state = IncidentState::Closed;
    incident.closed_because = "quiet for 1d";
    EXPECT_EQ(texts(why(*store_, incident, at("10:00:00"))).front(),
              "incident|i_4k2mabcd|alice did much|high, closed: quiet for 1d");
}

TEST_F(WhyTest, WhatWasSaidToBeNormal) {
    const auto said = [](const char* actor, const char* ns, const char* expires) {
        return std::string(R"({"actor":")") + actor + R"(","behaviour":"*","namespace":")" + ns +
               R"(","expires":"2026-01-05T)" + expires +
               R"(.000000Z","made":"2026-01-01T00:00:00.000000Z","author":"ann","comment":"load test"})";
    };
    write_state({{"unusual_access.suppressions",
                  {{"s1", said("ali*", "*", "11:00:00")},
                   {"s2", said("bob", "*", "11:00:00")},
                   {"s3", said("*", "bank", "11:00:00")},
                   {"s4", said("*", "*", "10:00:00")}}},
                 {"unusual_access.suppression_use", {{"s1", "[3,0]"}}}});
    EXPECT_THAT(
        why_of(finding_of_alice()),
        ::testing::Contains("normal|s1|ann said that * by ali* in * is normal: load test|kept back 3 times"));
    EXPECT_EQ(why_of(finding_of_alice()).size(), 4U);
    EXPECT_EQ(why_of(finding_of_alice(), "09:59:59").size(), 5U);
}

TEST_F(WhyTest, SilencesThatMatchNow) {
    const auto silence = [](const char* id, const char* matcher) {
        return std::string(R"({"id":")") + id + R"(","matchers":[")" + matcher +
               R"("],"starts":"2026-01-05T09:00:00.000000Z","ends":"2026-01-05T11:00:00.000000Z",)"
               R"("author":"ann","comment":"night"})";
    };
    write_state({{"silences", {{"x1", silence("x1", "actor=alice")}, {"x2", silence("x2", "actor=bob")}}}});
    EXPECT_THAT(why_of(finding_of_alice()),
                ::testing::Contains("silence|x1|ann silences actor=alice: night|until 2026-01-05T11:00:00Z"));
    EXPECT_EQ(why_of(finding_of_alice()).size(), 4U);
    EXPECT_EQ(why_of(finding_of_alice(), "11:00:00").size(), 3U);
    EXPECT_EQ(why_of(finding_of_alice(), "08:59:59").size(), 3U);
}

TEST_F(WhyTest, LesserFindingsBehindACriticalOne) {
    write_state({{"alerts.inhibitions",
                  {{"c\x1f"
                    "alice",
                    std::to_string(at("11:00:00").time_since_epoch().count())}}}});
    EXPECT_THAT(why_of(finding_of_alice()),
                ::testing::Contains(HasSubstr("kept-back|alice|a critical finding about the same actor")));
    EXPECT_EQ(why_of(finding_of_alice(), "11:00:00").size(), 3U);
    Finding high = finding_of_alice();
    high.severity = Severity::High;
    EXPECT_EQ(why_of(high).size(), 3U);
}

TEST_F(WhyTest, MessagesThatWaitOrWereGivenUp) {
    const Alert alert = alert_of(finding_of_alice(), at("10:00:00"));
    Alert other = alert;
    other.finding.id = "f_2";
    write_state({{std::string(kQueueTable),
                  {{queue_key("pager", 1), write_row(QueuedAlert{.alert = alert, .attempts = 2})},
                   {queue_key("pager", 2), write_row(QueuedAlert{.alert = other})}}},
                 {std::string(kDeadTable),
                  {{queue_key("chat", 1), write_row(DeadLetter{.reason = "404", .alert = alert})}}}});
    EXPECT_THAT(why_of(finding_of_alice()),
                ::testing::IsSupersetOf({"delivery|pager|waits|2 attempts", "delivery|chat|given up: 404|"}));
    EXPECT_EQ(why_of(finding_of_alice()).size(), 5U);
}

TEST_F(WhyTest, WhatWasWeighedWithinAMinute) {
    const auto digest = [](const char* clock, const char* user) {
        return std::pair(audit::format_time(at(clock)) + "\x1f" + user,
                         write_row(access::DigestRow{.time = at(clock),
                                                     .user = user,
                                                     .what = "list secrets",
                                                     .because = "over the budget",
                                                     .bits = 12.34}));
    };
    write_state({{std::string(access::kDigest),
                  {digest("09:58:59", "alice"), digest("09:59:00", "alice"), digest("10:01:00", "alice"),
                   digest("10:01:01", "alice"), digest("10:00:00", "bob")}}});
    EXPECT_THAT(
        texts(weighed_about(store_->state(), "alice", at("10:00:00"))),
        ElementsAre("weighed|alice|2026-01-05T10:01:00Z list secrets (over the budget): not told|12.3 bits",
                    "weighed|alice|2026-01-05T09:59:00Z list secrets (over the budget): not told|12.3 bits"));
}

TEST(WhyRules, EachKindOfRule) {
    const auto rule = [](const std::string& id, const std::string& rest) {
        return "[[rule]]\nid = \"" + id + "\"\ntitle = \"t\"\n" + rest + "\n";
    };
    const std::string get = "condition = 'verb = \"get\"'\n", list = "condition = 'verb = \"list\"'\n";
    const auto exception = [&](const std::string& who) {
        return get + "[[rule.exception]]\nname = \"known\"\ncondition = 'user.username = \"" + who + "\"'";
    };
    const rules::RuleSet rules(
        rules::load_native(rule("plain", "severity = \"high\"\n" + get) + rule("other", list) +
                               rule("excepted", exception("alice")) + rule("not-excepted", exception("bob")) +
                               rule("counted", get + "[rule.threshold]\ncount = 5\nwithin = \"10m\"") +
                               rule("new", get + "[rule.new]\nvalue = [\"user.username\"]\nmemory = \"3d\"") +
                               rule("kept", list + "keeper = 'verb = \"get\"'") +
                               rule("sequence", "[rule.sequence]\nwithin = \"5m\"\n[[rule.sequence.step]]\n" +
                                                    list + "[[rule.sequence.step]]\n" + get),
                           "x.toml"));
    const test::EventSpec spec;
    const auto event = spec.parsed();
    EXPECT_THAT(
        texts(rules_about(test::Understood(*event), "c", rules)),
        ElementsAre("rule|plain|its condition holds|high",
                    "rule|excepted|its condition holds, but the exception \"known\" takes it out|medium",
                    "rule|not-excepted|its condition holds|medium",
                    "rule|counted|counts; told at 5 within 10m|medium",
                    "rule|new|told when the value was not seen for 3d|medium",
                    "rule|kept|shows that the account looks after the object: remembered, not told|medium",
                    "rule|sequence|step 2 of 2 within 5m|medium"));
}

}  // namespace
}  // namespace redshank
