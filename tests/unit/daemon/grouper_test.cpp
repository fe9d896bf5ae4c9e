// When a group tells what: each time and count, one before and at it.
#include "daemon/alerts/grouper.h"

#include <gmock/gmock.h>

#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

constexpr microseconds kTick{1};

Finding one(const std::string& id, Severity severity = Severity::High, const std::string& kind = "k",
            const std::string& user = "alice") {
    Finding out{.id = id, .detector = "rule", .kind = kind, .severity = severity};
    out.cluster = "c";
    out.actor = FindingActor{.user = user};
    out.count = 1;
    return out;
}

// Waits 10 s for company, then tells once a minute.
Grouper::Settings by_kind() {
    return {.by = {"kind"}, .wait = seconds{10}, .interval = seconds{60}};
}

class GrouperTest : public testing::Test {
  protected:
    void begin(Grouper::Settings settings) { grouper_.emplace("r", std::move(settings)); }
    std::vector<Alert> accept(audit::Duration after, Finding finding) {
        finding.time = kStart + after;
        std::vector<Alert> out;
        grouper_->accept({.finding = std::move(finding), .incident = {}, .turn = IncidentTurn::Grew},
                         kStart + after, out);
        return out;
    }
    std::vector<Alert> turn(audit::Duration after) {
        std::vector<Alert> out;
        grouper_->turn(kStart + after, out);
        return out;
    }
    audit::Duration due() const { return grouper_->due() - kStart; }

    const audit::Time kStart = *audit::parse_time("2026-01-05T10:00:00Z");
    std::optional<Grouper> grouper_{std::in_place, "r", by_kind()};
};

TEST_F(GrouperTest, TheFirstWaitsForCompanyAndNoLongerForMore) {
    EXPECT_THAT(accept(seconds{0}, one("f_1")), IsEmpty());
    EXPECT_THAT(accept(seconds{9}, one("f_2")), IsEmpty());
    EXPECT_EQ(due(), seconds{10});
    EXPECT_THAT(turn(seconds{10} - kTick), IsEmpty());
    const std::vector<Alert> told = turn(seconds{10});
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].findings, 2U);
    EXPECT_THAT(turn(seconds{11}), IsEmpty());
}

TEST_F(GrouperTest, ACriticalOneWaitsForNobodyAndTakesTheOthersAlong) {
    EXPECT_THAT(accept(seconds{0}, one("f_1")), IsEmpty());
    const std::vector<Alert> told = accept(seconds{1}, one("f_2", Severity::Critical));
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].findings, 2U);
    EXPECT_EQ(told[0].severity, Severity::Critical);
}

TEST_F(GrouperTest, LaterOnesWaitForTheInterval) {
    accept(seconds{0}, one("f_1"));
    EXPECT_THAT(turn(seconds{10}), SizeIs(1));
    EXPECT_THAT(accept(seconds{30}, one("f_2")), IsEmpty());
    EXPECT_THAT(accept(seconds{40}, one("f_3")), IsEmpty());
    EXPECT_EQ(due(), seconds{70}) << "a minute after the last message";
    EXPECT_THAT(turn(seconds{70} - kTick), IsEmpty());
    EXPECT_THAT(turn(seconds{70}), SizeIs(1));
}

TEST_F(GrouperTest, AfterAQuietIntervalTheNextGoesAtOnce) {
    accept(seconds{0}, one("f_1"));
    turn(seconds{10});
    EXPECT_THAT(accept(seconds{60} - kTick, one("f_2")), IsEmpty()) << "the interval began with the group";
    begin(by_kind());
    accept(seconds{0}, one("f_1"));
    turn(seconds{10});
    EXPECT_THAT(accept(seconds{60}, one("f_2")), SizeIs(1));
}

TEST_F(GrouperTest, WhatIsGraverThanAllThatWasToldGoesAtOnce) {
    accept(seconds{0}, one("f_1", Severity::Medium));
    turn(seconds{10});
    EXPECT_THAT(accept(seconds{20}, one("f_2", Severity::Medium)), IsEmpty());
    EXPECT_THAT(accept(seconds{21}, one("f_3", Severity::High)), SizeIs(1));
    EXPECT_THAT(accept(seconds{22}, one("f_4", Severity::High)), IsEmpty());
    EXPECT_THAT(accept(seconds{23}, one("f_5", Severity::Critical)), SizeIs(1));
    EXPECT_THAT(accept(seconds{24}, one("f_6", Severity::Critical)), IsEmpty());
}

TEST_F(GrouperTest, ABurstIsToldOneByOne) {
    Grouper::Settings settings = by_kind();
    settings.wait = {};
    settings.burst = 3;
    begin(settings);
    for (int i = 1; i <= 3; ++i)
        EXPECT_THAT(accept(seconds{i}, one("f_" + std::to_string(i))), SizeIs(1)) << i;
    EXPECT_THAT(accept(seconds{4}, one("f_4")), IsEmpty());
    EXPECT_EQ(due(), seconds{63});
}

TEST_F(GrouperTest, WhatWasHeardIsNoNews) {
    Grouper::Settings settings = by_kind();
    settings.wait = {};
    settings.burst = 100;
    begin(settings);
    Finding finding = one("f_1");
    EXPECT_THAT(accept(seconds{0}, finding), SizeIs(1));
    EXPECT_THAT(accept(seconds{1}, finding), IsEmpty());
    finding.count = 2;
    EXPECT_THAT(accept(seconds{2}, finding), SizeIs(1)) << "more of it";
    finding.count = 1;
    EXPECT_THAT(accept(seconds{3}, finding), IsEmpty()) << "read again";
    finding.severity = Severity::Critical;
    EXPECT_THAT(accept(seconds{4}, finding), SizeIs(1)) << "graver";
    finding.count = 2;
    finding.status = FindingStatus::Resolved;
    EXPECT_THAT(accept(seconds{5}, finding), SizeIs(1)) << "over";
    EXPECT_THAT(accept(seconds{6}, finding), IsEmpty());
}

// The twenty-first new group of an interval is told with all others beyond.
TEST_F(GrouperTest, TwentyNewGroupsInAnInterval) {
    Grouper::Settings settings = by_kind();
    settings.wait = {};
    begin(settings);
    const auto kind = [](int i) {
        return one("f_" + std::to_string(i), Severity::High, "k" + std::to_string(i));
    };
    for (int i = 0; i < 20; ++i) EXPECT_THAT(accept(seconds{1}, kind(i)), SizeIs(1)) << i;
    EXPECT_THAT(accept(seconds{1}, kind(20)), SizeIs(1)) << "the first of those beyond";
    EXPECT_EQ(grouper_->groups(), 21U);
    EXPECT_THAT(accept(seconds{1}, kind(21)), IsEmpty());
    EXPECT_THAT(accept(seconds{1}, one("f_x", Severity::High, "k3")), IsEmpty()) << "a known group";
    EXPECT_EQ(grouper_->groups(), 21U);
    accept(seconds{61} - kTick, kind(22));
    EXPECT_EQ(grouper_->groups(), 21U);
    accept(seconds{61}, kind(23));
    EXPECT_EQ(grouper_->groups(), 22U) << "the next interval";
}

TEST_F(GrouperTest, AConditionIsRepeatedUntilItIsForgotten) {
    Grouper::Settings settings = by_kind();
    settings.wait = {};
    settings.repeat = hours{5};
    begin(settings);
    EXPECT_THAT(accept(seconds{0}, one("f_1", Severity::High, "crd-failing")), SizeIs(1));
    EXPECT_EQ(due(), hours{5});
    EXPECT_THAT(turn(hours{5} - kTick), IsEmpty());
    EXPECT_THAT(turn(hours{5}), SizeIs(1));
    EXPECT_EQ(due(), hours{10});
    for (int i = 2; i < 10; ++i) EXPECT_THAT(turn(hours{5 * i}), SizeIs(i < 10 ? 1 : 0)) << i;
    EXPECT_EQ(due(), hours{48});
    EXPECT_THAT(turn(hours{48}), IsEmpty());
    EXPECT_EQ(grouper_->groups(), 0U);
}

TEST_F(GrouperTest, AnEventIsNotRepeatedAndForgottenAfterItsTime) {
    Grouper::Settings settings = by_kind();
    settings.wait = {};
    settings.repeat = minutes{10};
    begin(settings);
    accept(seconds{0}, one("f_1"));
    EXPECT_EQ(due(), hours{1});
    EXPECT_THAT(turn(hours{1} - kTick), IsEmpty());
    EXPECT_EQ(grouper_->groups(), 1U);
    EXPECT_THAT(turn(hours{1}), IsEmpty());
    EXPECT_EQ(grouper_->groups(), 0U);
    EXPECT_EQ(grouper_->due(), audit::Time::max());
}

TEST_F(GrouperTest, TheEndOfAForgottenGroupIsToldByItself) {
    accept(seconds{0}, one("f_1"));
    turn(seconds{10});
    turn(hours{2});
    ASSERT_EQ(grouper_->groups(), 0U);
    Finding over = one("f_1");
    over.status = FindingStatus::Resolved;
    const std::vector<Alert> told = accept(hours{3}, over);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].status, FindingStatus::Resolved);
    EXPECT_EQ(grouper_->groups(), 0U);
}

// Alertmanager forgets what is not repeated, and is told the end for five minutes.
TEST_F(GrouperTest, TheEndIsKeptSendingForFiveMinutes) {
    Grouper::Settings settings = by_kind();
    settings.wait = {};
    settings.repeat = minutes{2};
    settings.keep_sending = true;
    begin(settings);
    Finding finding = one("f_1");
    accept(minutes{0}, finding);
    EXPECT_THAT(turn(minutes{2}), SizeIs(1)) << "events, too";
    finding.status = FindingStatus::Resolved;
    EXPECT_THAT(accept(minutes{3}, finding), SizeIs(1));
    const std::vector<Alert> again = turn(minutes{5});
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_EQ(again[0].status, FindingStatus::Resolved);
    EXPECT_THAT(turn(minutes{7}), SizeIs(1));
    EXPECT_EQ(due(), minutes{8});
    EXPECT_THAT(turn(minutes{8}), IsEmpty());
    EXPECT_EQ(grouper_->groups(), 0U);
}

TEST_F(GrouperTest, ASummaryNamesTheFiveMostFrequentAndKeepsFiveHundred) {
    int number = 0;
    const auto many = [&](const std::string& user, int count) {
        for (int i = 0; i < count; ++i)
            accept(seconds{0}, one("f_" + std::to_string(++number), Severity::High, "k", user));
    };
    many("six", 6);
    many("a-one", 1);
    for (const char* user : {"two", "three", "four", "five"}) many(user, 2);
    const std::vector<Alert> told = turn(seconds{10});
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].findings, 15U);
    ASSERT_THAT(told[0].actors, SizeIs(5));
    EXPECT_EQ(told[0].actors[0].value, "six");
    EXPECT_EQ(told[0].actors[0].count, 6U);
    for (const Tally& tally : told[0].actors) EXPECT_NE(tally.value, "a-one");

    for (size_t i = 0; i < Grouper::kMaxTallied; ++i) many("u" + std::to_string(i), 1);
    many("late", 2);
    many("u7", 1);
    const std::vector<Alert> next = turn(seconds{70});
    ASSERT_THAT(next, SizeIs(1));
    EXPECT_EQ(next[0].actors[0].value, "(others)");
    EXPECT_EQ(next[0].actors[0].count, 2U);
    EXPECT_EQ(next[0].actors[1].value, "u7");
}

// What a group has not told when it must make room is told then.
TEST_F(GrouperTest, AGroupThatMakesRoomTellsWhatItHas) {
    begin({.by = {"kind"}, .wait = hours{1}, .interval = {}});
    for (size_t i = 0; i < Grouper::kMaxGroups; ++i) {
        const auto after = seconds{static_cast<int64_t>(i % 2 == 0 ? 1 : 0)};
        ASSERT_THAT(accept(after, one("f_" + std::to_string(i), Severity::High, "k" + std::to_string(i))),
                    IsEmpty());
    }
    EXPECT_EQ(grouper_->evictions(), 0U);
    const std::vector<Alert> told = accept(seconds{2}, one("f_x", Severity::High, "kx"));
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].finding.time, kStart) << "of those that have been quiet for longest";
    EXPECT_EQ(grouper_->evictions(), 1U);
    EXPECT_EQ(grouper_->groups(), Grouper::kMaxGroups);
}

TEST_F(GrouperTest, TellsAllThatWaitsWhenAsked) {
    accept(seconds{0}, one("f_1"));
    accept(seconds{0}, one("f_2", Severity::High, "other"));
    turn(seconds{10});
    accept(seconds{20}, one("f_3"));
    std::vector<Alert> out;
    grouper_->tell_all(kStart + seconds{21}, out);
    EXPECT_THAT(out, SizeIs(1));
    EXPECT_THAT(turn(seconds{90}), IsEmpty());
}

TEST_F(GrouperTest, OneThatIsOverBeforeItWasToldIsToldTwice) {
    Finding finding = one("f_1");
    accept(seconds{0}, finding);
    finding.status = FindingStatus::Resolved;
    EXPECT_THAT(accept(seconds{1}, finding), IsEmpty());
    const std::vector<Alert> told = turn(seconds{10});
    ASSERT_THAT(told, SizeIs(2));
    EXPECT_EQ(told[0].status, FindingStatus::Firing);
    EXPECT_EQ(told[1].status, FindingStatus::Resolved);
}

TEST_F(GrouperTest, AWaitIsKeptOverARestart) {
    accept(seconds{0}, one("f_1"));
    test::MemoryState state;
    grouper_->save(state);
    begin(by_kind());
    grouper_->load(state, kStart + seconds{5});
    EXPECT_EQ(due(), seconds{10});
    EXPECT_THAT(turn(seconds{10}), SizeIs(1));
}

}  // namespace
}  // namespace redshank
