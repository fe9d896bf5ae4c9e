// Where the times and counts of crd_health's alarms begin and end: one before, and at it.
#include <gmock/gmock.h>

#include "detectors/crd/latency.h"
#include "detectors/crd/track.h"
#include "tests/unit/detectors/crd_requests.h"

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kForbidden;
using test::kOperator;

constexpr const char* kInvalid =
    R"({"status":"Failure","message":"Widget.example.com \"w\" is invalid: spec.size: Required value","reason":"Invalid","details":{"name":"w","group":"example.com","kind":"Widget"},"code":422})";

class CrdBounds : public test::CrdRequests {
  protected:
    const Finding* only(const char* kind) {
        found_ = findings(kind);
        return found_.empty() ? nullptr : &found_[0];
    }
    // "-" while there is none.
    std::string severity(const char* kind) {
        const Finding* finding = only(kind);
        return finding == nullptr ? "-" : std::string(to_string(finding->severity));
    }
    bool is_over(const char* kind) { return only(kind)->status == FindingStatus::Resolved; }
    // Another resource, which lets time pass.
    void until(audit::Time time) {
        now_ = time;
        send({.group = "other.example.com", .resource = "gadgets"});
    }
    void watch(audit::Duration lived, audit::Duration between) {
        now_ += between;
        const std::string query = "&watch=true&timeoutSeconds=100";
        send({.name = "",
              .verb = "watch",
              .user = kOperator,
              .stage = "ResponseStarted",
              .query = query,
              .took = {}});
        send({.name = "", .verb = "watch", .user = kOperator, .query = query, .took = lived});
    }
    Request refused(const char* user = kOperator) const {
        return {.verb = "update", .user = user, .status = kForbidden, .decision = "forbid"};
    }

  private:
    std::vector<Finding> found_;
};

TEST_F(CrdBounds, TenWatchesInARowAreCutOffForAMinute) {
    repeat(3, seconds{1}, {});
    for (int i = 0; i < 9; ++i) watch(seconds{2}, seconds{10});
    EXPECT_EQ(severity("crd-degraded"), "-");
    watch(seconds{2}, seconds{10});
    EXPECT_EQ(severity("crd-degraded"), "low");

    begin_anew();
    repeat(3, seconds{1}, {});
    for (int i = 0; i < 15; ++i) watch(seconds{2}, seconds{4});
    EXPECT_EQ(severity("crd-degraded"), "-") << "56 s";
    watch(seconds{2}, seconds{4});
    EXPECT_EQ(severity("crd-degraded"), "low") << "60 s";
}

TEST_F(CrdBounds, WatchesThatAreCutOffForTenMinutesAreMedium) {
    repeat(3, seconds{1}, {});
    for (int i = 0; i < 60; ++i) watch(seconds{2}, seconds{10});
    EXPECT_EQ(severity("crd-degraded"), "low");
    watch(seconds{2}, seconds{10});
    EXPECT_EQ(severity("crd-degraded"), "medium");
    EXPECT_EQ(only("crd-degraded")->count, 61U);
}

TEST_F(CrdBounds, OneWatchThatLastsAMinuteEndsIt) {
    repeat(3, seconds{1}, {});
    for (int i = 0; i < 11; ++i) watch(seconds{2}, seconds{10});
    watch(seconds{59}, seconds{60});
    EXPECT_FALSE(is_over("crd-degraded"));
    watch(seconds{60}, seconds{61});
    EXPECT_TRUE(is_over("crd-degraded"));
}

TEST_F(CrdBounds, NobodyWatchesAnyMoreAfterAnHour) {
    repeat(3, seconds{1}, {});
    for (int i = 0; i < 11; ++i) watch(seconds{2}, seconds{10});
    const audit::Time last = now_;
    until(last + minutes{58});
    EXPECT_FALSE(is_over("crd-degraded"));
    until(last + minutes{62});
    EXPECT_TRUE(is_over("crd-degraded"));
}

TEST_F(CrdBounds, AnOperatorThatLostItsRightsByNumber) {
    repeat(30, seconds{1}, {.verb = "update", .user = kOperator});
    repeat(4, seconds{1}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "-");
    repeat(1, seconds{1}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "medium");
    repeat(14, seconds{1}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "medium");
    repeat(1, seconds{1}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "high");
}

TEST_F(CrdBounds, AnOperatorThatLostItsRightsByTime) {
    repeat(30, seconds{1}, {.verb = "update", .user = kOperator});
    repeat(5, seconds{74}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "medium") << "296 s";
    repeat(1, seconds{4}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "high") << "300 s";
}

TEST_F(CrdBounds, OneObjectThatIsRefusedHasToInsist) {
    repeat(30, seconds{1}, {.verb = "update", .user = kOperator});
    for (int i = 0; i < 19; ++i) repeat(1, seconds{1}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "-");
    repeat(1, seconds{1}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "high");
}

TEST_F(CrdBounds, WhoNeverHadTheRightIsToldAfterTenMinutes) {
    repeat(30, seconds{1}, {});
    repeat(10, seconds{66}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "-") << "594 s";
    repeat(1, seconds{6}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "medium") << "600 s";

    begin_anew();
    repeat(30, seconds{1}, {});
    repeat(4, minutes{10}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "-") << "four";
    repeat(1, minutes{10}, refused());
    EXPECT_EQ(severity("crd-operator-refused"), "medium") << "five";
}

TEST_F(CrdBounds, RefusalsEndAfterSixHoursOrFiveMinutesAfterTheFirstSuccess) {
    repeat(30, seconds{1}, {.verb = "update", .user = kOperator});
    repeat(20, seconds{1}, refused());
    const audit::Time last = now_;
    until(last + hours{6} - minutes{2});
    EXPECT_FALSE(is_over("crd-operator-refused"));
    until(last + hours{6} + minutes{2});
    EXPECT_TRUE(is_over("crd-operator-refused"));

    begin_anew();
    repeat(30, seconds{1}, {.verb = "update", .user = kOperator});
    repeat(20, seconds{1}, refused());
    const audit::Time again = now_;
    repeat(1, seconds{10}, {.verb = "update", .user = kOperator});
    until(again + minutes{3});
    EXPECT_FALSE(is_over("crd-operator-refused"));
    until(again + minutes{7});
    EXPECT_TRUE(is_over("crd-operator-refused"));
}

TEST_F(CrdBounds, AProgramThatSendsWhatIsInvalidIsLowAfterTenTimesAndTenMinutes) {
    const Request invalid{.verb = "update", .user = kOperator, .status = kInvalid};
    repeat(30, seconds{1}, {});
    repeat(9, minutes{2}, invalid);
    EXPECT_EQ(severity("crd-degraded"), "-") << "nine";
    repeat(1, minutes{2}, invalid);
    EXPECT_EQ(severity("crd-degraded"), "low");

    begin_anew();
    repeat(30, seconds{1}, {});
    repeat(20, seconds{31}, invalid);
    EXPECT_EQ(severity("crd-degraded"), "-") << "589 s";
    repeat(1, seconds{11}, invalid);
    EXPECT_EQ(severity("crd-degraded"), "low") << "600 s";
}

TEST_F(CrdBounds, EightSlowOnesInTwoMinutes) {
    const Request slow{.verb = "update", .took = milliseconds{1500}};
    repeat(60, minutes{1}, {.verb = "update"});
    repeat(7, seconds{5}, slow);
    EXPECT_EQ(severity("crd-slow"), "-");
    repeat(1, seconds{5}, slow);
    EXPECT_EQ(severity("crd-slow"), "low");

    begin_anew();
    repeat(60, minutes{1}, {.verb = "update"});
    repeat(40, seconds{20}, slow);
    EXPECT_EQ(severity("crd-slow"), "-") << "never eight within two minutes";
}

TEST_F(CrdBounds, AQuarterOfThemIsSlow) {
    for (const auto& [quick, is_told] : {std::pair{3, true}, {4, false}}) {
        begin_anew();
        repeat(60, minutes{1}, {.verb = "update"});
        for (int i = 0; i < 60; ++i) {
            repeat(1, milliseconds{500},
                   {.verb = "update", .user = "u" + std::to_string(i % 2), .took = milliseconds{1500}});
            repeat(quick, milliseconds{500}, {.verb = "update"});
        }
        EXPECT_EQ(severity("crd-slow") != "-", is_told) << quick;
    }
}

TEST_F(CrdBounds, SlowIsOverFiveMinutesAfterTheLastSlowOne) {
    repeat(60, minutes{1}, {.verb = "update"});
    repeat(8, seconds{5}, {.verb = "update", .took = milliseconds{1500}});
    const audit::Time last = now_;
    repeat(1, seconds{1}, {.verb = "update"});
    until(last + minutes{4});
    EXPECT_FALSE(is_over("crd-slow"));
    until(last + minutes{7});
    EXPECT_TRUE(is_over("crd-slow"));
}

// Counts of one track, one failure after the other.
class TrackBounds : public testing::Test {
  protected:
    void fail(audit::Duration after, const std::string& user = "u", const std::string& name = "w",
              const std::string& cause = "x") {
        now_ += after;
        const test::ParsedEvent event = parsed(user, name);
        const test::Understood request(*event);
        track_.add_failure({.event = *event, .request = request, .origin = {}, .answers = true, .now = now_},
                           {crd::OutcomeClass::ServerError, cause});
    }
    void succeed() { track_.add_success(*parsed("u", "w")); }
    static test::ParsedEvent parsed(const std::string& user, const std::string& name) {
        test::EventSpec spec;
        spec.user = R"({"username":")" + user + R"("})";
        spec.object =
            R"({"resource":"widgets","apiGroup":"example.com","apiVersion":"v1","name":")" + name + R"("})";
        return spec.parsed();
    }

    crd::Track track_;
    audit::Time now_ = *audit::parse_time("2026-01-05T10:00:00Z");
};

TEST_F(TrackBounds, AnEpisodeEndsAfterSixHoursWithoutAFailure) {
    fail(seconds{0});
    fail(hours{6});
    EXPECT_EQ(track_.count, 2U);
    fail(hours{6} + seconds{1});
    EXPECT_EQ(track_.count, 1U);
    track_.level = 1;
    fail(hours{7});
    EXPECT_EQ(track_.count, 2U) << "one of which people were told goes on";
}

TEST_F(TrackBounds, ARunEndsWithASuccess) {
    for (int i = 0; i < 4; ++i) fail(seconds{1}, "u", std::to_string(i));
    EXPECT_EQ(track_.run, 4U);
    EXPECT_TRUE(track_.is_broad_run());
    const audit::Time began = track_.run_start;
    succeed();
    EXPECT_EQ(track_.good_since, 1U);
    fail(seconds{1});
    EXPECT_EQ(track_.run, 1U);
    EXPECT_EQ(track_.good_since, 0U);
    EXPECT_EQ(track_.run_start, began + seconds{4});
    EXPECT_FALSE(track_.is_broad_run());
    EXPECT_TRUE(track_.is_broad()) << "the episode goes on";
    EXPECT_EQ(track_.count, 5U);
}

TEST_F(TrackBounds, BroadIsTwoCallersOrThreeObjects) {
    fail(seconds{1});
    fail(seconds{1}, "u", "w2");
    EXPECT_FALSE(track_.is_broad());
    fail(seconds{1}, "u", "w3");
    EXPECT_TRUE(track_.is_broad());
    track_ = {};
    fail(seconds{1});
    fail(seconds{1}, "v");
    EXPECT_TRUE(track_.is_broad());
    EXPECT_FALSE(track_.is_broad_run());
}

TEST_F(TrackBounds, EverythingIsBounded) {
    for (int i = 0; i < 100; ++i)
        fail(seconds{1}, "u" + std::to_string(i), "w" + std::to_string(i), "c" + std::to_string(i));
    EXPECT_EQ(track_.count, 100U);
    EXPECT_EQ(track_.callers.size(), crd::Track::kCallers);
    EXPECT_EQ(track_.callers.front(), "u0");
    EXPECT_EQ(track_.objects.size(), crd::Track::kObjects);
    EXPECT_EQ(track_.run_objects.size(), crd::Track::kObjects);
    EXPECT_EQ(track_.causes.size(), crd::Track::kCauses);
    EXPECT_EQ(track_.pending.size(), crd::Track::kPending);
    EXPECT_EQ(track_.pending.back().time, track_.first.time);
    fail(seconds{1}, "u", "w", "c0");
    EXPECT_EQ(track_.causes.at("c0"), 2U);
    track_.level = 1;
    const size_t pending = track_.pending.size();
    fail(seconds{1});
    EXPECT_EQ(track_.pending.size(), pending) << "those of a finding are in it";
}

TEST_F(TrackBounds, ASuccessOfAnotherKindOrVersionSaysNothing) {
    fail(seconds{1});
    test::EventSpec spec;
    spec.object = R"({"resource":"widgets","apiGroup":"example.com","apiVersion":"v2","name":"w"})";
    track_.add_success(*spec.parsed());
    spec.object = R"({"resource":"widgets","apiGroup":"example.com","apiVersion":"v1","name":"w"})";
    spec.verb = "update";
    track_.add_success(*spec.parsed());
    EXPECT_EQ(track_.good_since, 0U);
    succeed();
    EXPECT_EQ(track_.good_since, 1U);
}

TEST(LatencyBounds, WhatIsUsualIsKnownFromFiftyRequests) {
    crd::Quantiles usual;
    for (int i = 0; i < 49; ++i) usual.add(milliseconds{50});
    EXPECT_EQ(slow_limit(usual, seconds{1}), seconds{1});
    usual.add(milliseconds{50});
    EXPECT_EQ(usual.at(0.9), std::chrono::microseconds{51'200});
    EXPECT_EQ(slow_limit(usual, seconds{1}), milliseconds{512});
    EXPECT_EQ(slow_limit(usual, milliseconds{300}), milliseconds{300}) << "at most what is configured";
    crd::Quantiles quick, slow;
    for (int i = 0; i < 50; ++i) quick.add(milliseconds{1}), slow.add(seconds{1});
    EXPECT_EQ(slow_limit(quick, seconds{1}), milliseconds{200}) << "nobody waits for so little";
    EXPECT_EQ(slow_limit(quick, milliseconds{100}), milliseconds{100});
    EXPECT_EQ(slow_limit(slow, seconds{1}), seconds{1});
}

// The oldest fade: half of each hundred thousand goes.
TEST(LatencyBounds, CountsAreHalvedWhenTheyAreFull) {
    crd::Quantiles all;
    for (int i = 0; i < 99'998; ++i) all.add(milliseconds{1});
    all.add(seconds{1});
    EXPECT_EQ(all.total(), 99'999U);
    EXPECT_EQ(stored(all).size(), 2U);
    all.add(milliseconds{1});
    EXPECT_EQ(all.total(), 49'999U);
    EXPECT_EQ(stored(all).size(), 1U) << "one alone is none";
}

}  // namespace
}  // namespace redshank
