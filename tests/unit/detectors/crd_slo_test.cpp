// When failing requests deserve a finding, and when they are over: each threshold of slo.cpp at both sides.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detectors/crd/resource.h"
#include "detectors/crd/slo.h"

namespace redshank::crd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SloBounds : public testing::Test {
  protected:
    // The rule that speaks, with its level; "" for none.
    std::string judged() const {
        const Judgement judgement = judge(track_, resource_, now_, settings_);
        EXPECT_EQ(judgement.level == Level::None, judgement.rule.empty());
        return judgement.rule.empty() ? "" : judgement.rule + " " + std::string(to_string(judgement.level));
    }
    bool is_over() const { return is_healthy(track_, resource_, now_, settings_); }

    void begin_anew() {
        track_ = {};
        resource_ = {};
        resource_.first_seen = now_ - hours{24 * 7};
    }
    // Of two callers, so that it is believed, but of no run.
    void believed(audit::Duration since) {
        track_.callers = {"a", "b"};
        track_.first.time = now_ - since;
    }
    void run(uint64_t count, size_t objects, audit::Duration since) {
        track_.run = count;
        track_.run_start = now_ - since;
        track_.first.time = now_ - since;
        for (size_t i = 0; i < objects; ++i) track_.run_objects.push_back(i);
    }
    // So long ago, older ones first.
    void count(audit::Duration ago, uint64_t bad, uint64_t valid) {
        if (bad > 0) track_.bad.add(now_ - ago, bad);
        resource_.valid.add(now_ - ago, valid);
    }

    const audit::Time now_ = *audit::parse_time("2026-01-15T10:00:00Z");
    Track track_;
    Resource resource_;
    Settings settings_;
};

TEST_F(SloBounds, EverythingFailsForAMinuteByManyForTenByOneAndForFiveByFew) {
    const struct {
        uint64_t failures;
        size_t objects;
        audit::Duration since;
        bool is_told;
    } kCases[] = {
        {5, 3, minutes{1}, true},   {5, 3, seconds{59}, false}, {5, 2, minutes{1}, false},
        {4, 3, minutes{1}, false},  {5, 1, minutes{10}, true},  {5, 1, minutes{10} - seconds{1}, false},
        {4, 1, minutes{10}, false}, {3, 3, minutes{5}, true},   {3, 3, minutes{5} - seconds{1}, false},
        {3, 2, minutes{5}, false},  {2, 3, minutes{5}, false},
    };
    for (const auto& [failures, objects, since, is_told] : kCases) {
        begin_anew();
        run(failures, objects, since);
        EXPECT_EQ(judged(), is_told ? "everything-fails failing" : "")
            << failures << " of " << objects << " for " << audit::format_duration(since);
    }
    settings_.min_failures = 6;
    begin_anew();
    run(3, 3, minutes{5});
    EXPECT_EQ(judged(), "everything-fails failing");
    settings_.min_failures = 7;
    EXPECT_EQ(judged(), "") << "half of seven are four";
}

TEST_F(SloBounds, OneClientInALoopIsBelievedAfterTwentyAndTenMinutes) {
    const struct {
        uint64_t count;
        audit::Duration since;
        bool is_told;
    } kCases[] = {{20, minutes{10}, true}, {19, minutes{10}, false}, {20, minutes{10} - seconds{1}, false}};
    for (const auto& [failures, since, is_told] : kCases) {
        begin_anew();
        count({}, 10, 20);
        track_.callers = {"a"};
        track_.count = failures;
        track_.first.time = now_ - since;
        EXPECT_EQ(judged(), is_told ? "burn-rate-14.4-over-1h failing" : "") << failures;
    }
    begin_anew();
    count({}, 10, 20);
    believed({});
    EXPECT_EQ(judged(), "burn-rate-14.4-over-1h failing");
}

// One pair of counts each, so long ago that only the window in question holds them.
TEST_F(SloBounds, EachWindowFromItsShareOn) {
    const char *hour = "burn-rate-14.4-over-1h failing", *six = "burn-rate-6-over-6h failing",
               *days = "burn-rate-1-over-3d degraded";
    const struct {
        double objective;
        audit::Duration ago;
        uint64_t bad, valid;
        const char* rule;
    } kCases[] = {
        {0.99, minutes{4}, 15, 100, hour},
        {0.99, minutes{4}, 14, 100, six},
        {0.99, minutes{5}, 15, 100, six},
        {0.99, minutes{4}, 4, 4, days},  // what chance does not explain may be fewer
        {0.99, minutes{4}, 5, 5, hour},
        {0.9, minutes{4}, 5, 10, hour},  // half of them, where the rate asks for more than all
        {0.9, minutes{4}, 6, 13, days},
        {0.99, minutes{20}, 7, 100, six},
        {0.99, minutes{29}, 6, 99, six},
        {0.99, minutes{20}, 6, 101, days},
        {0.99, minutes{40}, 7, 100, days},
        {0.99, hours{2}, 16, 1199, days},
        {0.99, hours{2}, 16, 1201, ""},
        {0.99, hours{2}, 4, 150, days},
        {0.99, hours{2}, 3, 60, ""},
        {0.99, hours{7}, 16, 1000, ""},
    };
    for (const auto& [objective, ago, bad, valid, rule] : kCases) {
        begin_anew();
        settings_.objective = objective;
        count(ago, bad, valid);
        believed(hours{3});
        EXPECT_EQ(judged(), rule) << bad << " of " << valid << " " << audit::format_duration(ago) << " ago";
    }
}

TEST_F(SloBounds, TheWindowOfDaysWaitsForAnHourAndForADayOfTheResource) {
    const auto judged_since = [&](audit::Duration failing, audit::Duration known) {
        begin_anew();
        count(minutes{40}, 16, 400);
        believed(failing);
        resource_.first_seen = now_ - known;
        return judged();
    };
    const char* days = "burn-rate-1-over-3d degraded";
    EXPECT_EQ(judged_since(hours{1}, hours{24}), days);
    EXPECT_EQ(judged_since(hours{1} - seconds{1}, hours{24}), "");
    EXPECT_EQ(judged_since(hours{1}, hours{24} - seconds{1}), "");
}

TEST_F(SloBounds, ManyAtOnceAreDegradedBeforeTheWindowsAreSure) {
    const auto judged_with = [&](uint64_t failures, size_t objects, audit::Duration ago, uint64_t valid) {
        begin_anew();
        count(minutes{30}, 0, 1000);
        count(ago, failures, valid);
        run(failures, objects, seconds{59});
        believed(seconds{59});
        return judged();
    };
    EXPECT_EQ(judged_with(5, 3, {}, 30), "many-at-once degraded");
    EXPECT_EQ(judged_with(5, 3, seconds{60}, 30), "many-at-once degraded");
    EXPECT_EQ(judged_with(5, 3, seconds{61}, 30), "");
    EXPECT_EQ(judged_with(5, 2, {}, 30), "");
    EXPECT_EQ(judged_with(4, 3, {}, 20), "");
    EXPECT_EQ(judged_with(5, 3, {}, 34), "many-at-once degraded");
    EXPECT_EQ(judged_with(5, 3, {}, 35), "");
}

TEST_F(SloBounds, WatchesThatGoOnSayNothingAboutOtherRequests) {
    begin_anew();
    count({}, 10, 100);
    resource_.good_watches.add(now_, 80);
    believed({});
    EXPECT_EQ(judged(), "burn-rate-14.4-over-1h failing");
    track_.verb_classes = 1U << static_cast<unsigned>(VerbClass::Watch);
    EXPECT_EQ(judged(), "burn-rate-6-over-6h failing") << "but about watches";
}

TEST_F(SloBounds, AJudgementSaysWhatItCountedAndInWhichTime) {
    const auto counted = [&] {
        const Judgement judgement = judge(track_, resource_, now_, settings_);
        return fmt::format("{} of {} in {}", judgement.bad, judgement.valid,
                           audit::format_duration(judgement.window));
    };
    begin_anew();
    count(minutes{30}, 1, 10);
    count(minutes{4}, 15, 90);
    believed(hours{3});
    EXPECT_EQ(counted(), "16 of 100 in 1h");
    begin_anew();
    count(hours{2}, 16, 1000);
    believed(hours{3});
    EXPECT_EQ(counted(), "16 of 1000 in 3d");
    begin_anew();
    run(5, 3, minutes{7});
    EXPECT_EQ(counted(), "5 of 5 in 7m");
    begin_anew();
    count(minutes{30}, 0, 1000);
    count({}, 6, 20);
    run(6, 3, seconds{30});
    believed(seconds{30});
    EXPECT_EQ(counted(), "6 of 20 in 2m");
}

TEST_F(SloBounds, AMomentOfCalmEndsIt) {
    const struct {
        uint64_t good;
        audit::Duration last;
        uint64_t bad, valid;
        bool is_over;
    } kCases[] = {
        {3, minutes{5}, 0, 0, true},  {3, minutes{5} - seconds{1}, 0, 0, false},
        {2, minutes{5}, 0, 0, false}, {1, {}, 0, 20, true},
        {1, {}, 0, 19, false},        {0, {}, 0, 20, false},
        {1, {}, 1, 100, true},        {1, {}, 3, 100, false},  // within twice the budget
        {1, {}, 3, 160, true},
    };
    for (const auto& [good, last, bad, valid, is_over_then] : kCases) {
        begin_anew();
        count(minutes{4}, bad, valid);
        track_.good_since = good;
        track_.last = now_ - last;
        EXPECT_EQ(is_over(), is_over_then) << good << " good, " << bad << " of " << valid;
    }
    begin_anew();
    count(minutes{5}, 0, 100);
    track_.good_since = 1;
    EXPECT_TRUE(is_over() == false) << "five minutes ago is too long";
}

TEST_F(SloBounds, TheBudgetThatIsLeft) {
    EXPECT_EQ(budget_left(0, 0, settings_), 1);
    EXPECT_EQ(budget_left(0, 10, settings_), 1);
    EXPECT_EQ(budget_left(5, 0, settings_), 1);
    EXPECT_NEAR(budget_left(1, 200, settings_), 0.5, 1e-9);
    EXPECT_NEAR(budget_left(3, 100, settings_), -2, 1e-9);
}

}  // namespace
}  // namespace redshank::crd
