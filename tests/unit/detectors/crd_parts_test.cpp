#include <gtest/gtest.h>

#include <set>
#include <string>

#include "detectors/crd/caller.h"
#include "detectors/crd/cusum.h"
#include "detectors/crd/detector.h"
#include "detectors/crd/latency.h"
#include "detectors/crd/resource.h"
#include "detectors/crd/resource_table.h"
#include "detectors/crd/tally.h"
#include "detectors/crd/windows.h"
#include "tests/support/config.h"

namespace redshank::crd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const audit::Time kStart = *audit::parse_time("2026-01-05T10:00:00Z");

TEST(CrdWindows, SumWhatLiesWithin) {
    Windows windows;
    windows.add(kStart, 3);
    windows.add(kStart + minutes{30}, 2);
    windows.add(kStart + hours{5}, 1);
    const audit::Time now = kStart + hours{5};
    EXPECT_EQ(windows.sum(now, minutes{5}), 1U);
    EXPECT_EQ(windows.sum(now, hours{1}), 1U);
    EXPECT_EQ(windows.sum(now, hours{6}), 6U);
    EXPECT_EQ(windows.sum(now, hours{72}), 6U);
    EXPECT_EQ(windows.sum(kStart + hours{100}, hours{72}), 0U);
    Windows copy;
    ASSERT_TRUE(copy.from_text(windows.to_text()));
    EXPECT_EQ(copy.to_text(), windows.to_text());
    EXPECT_FALSE(copy.from_text("1:x,;;"));
}

TEST(CrdWindows, AreBounded) {
    Windows windows;
    for (int i = 0; i < 100'000; ++i) windows.add(kStart + minutes{i});
    EXPECT_LT(windows.to_text().size(), 4'000U);
}

TEST(CrdCusum, RisesWithALastingFaultAndEndsWithIt) {
    Cusum cusum;
    audit::Time now = kStart;
    const auto run = [&](int count, int every) {
        for (int i = 0; i < count; ++i) {
            now += seconds{1};
            cusum.add(now, every > 0 && i % every == 0, 0.01);
        }
    };
    run(7200, 200);
    EXPECT_FALSE(cusum.alarm);
    run(180, 2);  // three bad minutes count as a storm
    EXPECT_FALSE(cusum.alarm);
    run(3600, 200);
    run(1200, 5);
    EXPECT_TRUE(cusum.alarm);
    run(3600, 200);
    EXPECT_FALSE(cusum.alarm);
    EXPECT_LT(cusum.usual_share(), 0.02);
}

TEST(CrdTally, SubresourcesByNameUpToABound) {
    Tally tally;
    for (const char* word : {"", "status", "approval", "approval", "Odd/Name", "other"})
        tally.add(word, "update", OutcomeClass::Ok);
    for (int i = 0; i < 1000; ++i)
        tally.add("s" + std::to_string(i), "v" + std::to_string(i), OutcomeClass::Ok);
    EXPECT_EQ(tally.rows().at({"approval", "update"}).at(OutcomeClass::Ok), 2U);
    EXPECT_EQ(tally.rows().at({"other", "update"}).at(OutcomeClass::Ok), 2U);
    EXPECT_EQ(tally.total(), 1006U);
    std::set<std::string> subresources;
    for (const auto& [row, classes] : tally.rows()) subresources.insert(row.first);
    EXPECT_LE(subresources.size(), 4 + Tally::kSubresources);
}

TEST(CrdConfig, EverythingCanDifferByResource) {
    const crd::Config config = test::parsed<crd::Config>(R"(
min_failures = 7
slow = "2s"
[[override]]
resources = ["*.lab.example"]
objective = 0.9
min_failures = 50
grace = "1h"
slow = "5s"
spend = ["validation"]
[[override.burn]]
long = "2h"
short = "10m"
rate = 3
level = "degraded"
[[override]]
resources = ["*.example.org", "*.lab.example"]
grace = "2h"
)");
    const Settings& lab = config.of({"c", "lab.example", "rovers"});
    EXPECT_EQ(lab.objective, 0.9);
    EXPECT_EQ(lab.min_failures, 50U);
    ASSERT_EQ(lab.burn.size(), 1U);
    EXPECT_EQ(lab.burn[0].rate, 3);
    EXPECT_EQ(lab.burn[0].level, Level::Degraded);
    EXPECT_EQ(lab.grace, hours{1});
    EXPECT_EQ(lab.slow, seconds{5});
    EXPECT_TRUE(lab.spends(OutcomeClass::Validation));
    EXPECT_FALSE(lab.spends(OutcomeClass::ServerError));
    // Keys that an override omits keep the general values.
    const Settings& org = config.of({"c", "example.org", "rovers"});
    EXPECT_EQ(org.grace, hours{2});
    EXPECT_EQ(org.min_failures, 7U);
    EXPECT_EQ(org.slow, seconds{2});
    EXPECT_EQ(org.objective, 0.99);
    EXPECT_EQ(org.burn.size(), 3U);
    EXPECT_TRUE(org.spends(OutcomeClass::ServerError));
    EXPECT_FALSE(org.spends(OutcomeClass::Validation));
    EXPECT_EQ(config.of({"c", "example.com", "rovers"}).grace, minutes{10});
}

TEST(CrdLatency, Quantiles) {
    Quantiles quantiles;
    for (int i = 1; i <= 100; ++i) quantiles.add(std::chrono::milliseconds{i});
    EXPECT_NEAR(static_cast<double>(quantiles.at(0.5).count()), 50'000, 12'000);
    EXPECT_NEAR(static_cast<double>(quantiles.at(0.99).count()), 99'000, 25'000);
    EXPECT_EQ(slow_limit(Quantiles{}, seconds{1}), seconds{1});
    EXPECT_LE(slow_limit(quantiles, seconds{1}), seconds{1});
}

TEST(CrdCaller, KnowsItsVerbsAsWholeWords) {
    Caller caller;
    EXPECT_FALSE(caller.had_verb("get"));
    for (const char* verb : {"get", "watch", "get", "list"}) caller.note_verb(verb);
    EXPECT_EQ(caller.ok_verbs, "get,watch,list,");
    for (const char* verb : {"get", "watch", "list"}) EXPECT_TRUE(caller.had_verb(verb)) << verb;
    for (const char* verb : {"", "ge", "et", "atch", "lis", "gets", "delete"})
        EXPECT_FALSE(caller.had_verb(verb)) << verb;
    caller.note_verb(std::string(100, 'v'));
    EXPECT_EQ(caller.ok_verbs, "get,watch,list,") << "it is bounded";
}

// A resource is looked at when a request came on it, and when the last look said.
TEST(CrdResourceTable, VisitsWhatIsDueOnly) {
    using std::chrono::minutes;
    ResourceTable table;
    table.at("c", "example.com", "widgets");
    table.at("c", "example.com", "gadgets");
    const auto visited = [&](int minute, audit::Duration wait) {
        std::string names;
        table.each_due(audit::Time{minutes{minute}}, [&](Resource& resource, Turn& turn) {
            names += resource.key.resource + " ";
            EXPECT_EQ(turn.has_come(turn.now + wait), wait == audit::Duration{});
        });
        return names;
    };
    EXPECT_EQ(visited(1, minutes{3}), "widgets gadgets ");
    EXPECT_EQ(visited(3, minutes{3}), "");
    table.at("c", "example.com", "widgets");
    EXPECT_EQ(visited(3, minutes{2}), "widgets ") << "asked for since";
    EXPECT_EQ(visited(4, minutes{9}), "gadgets ");
    EXPECT_EQ(visited(5, {}), "widgets ");
    EXPECT_EQ(visited(12, {}), "") << "it waits for nothing";
    EXPECT_EQ(visited(13, {}), "gadgets ");
    EXPECT_EQ(visited(10'000, {}), "");
}

TEST(CrdTurn, IsOverWhenWhatIsDueFirstIs) {
    using std::chrono::minutes;
    Turn turn{.now = audit::Time{minutes{5}}};
    EXPECT_TRUE(turn.has_come(audit::Time{minutes{5}}));
    EXPECT_EQ(turn.next, audit::Time::max());
    EXPECT_FALSE(turn.has_come(audit::Time{minutes{9}}));
    EXPECT_FALSE(turn.has_come(audit::Time{minutes{7}}));
    EXPECT_FALSE(turn.has_come(audit::Time{minutes{8}}));
    EXPECT_EQ(turn.next, audit::Time{minutes{7}});
    turn.look_again();
    EXPECT_EQ(turn.next, audit::Time{minutes{5}});
}

// Who watches all the time, or comes all the time, unless its name is of the control plane.
TEST(CrdCaller, IsAKeeperByWhatItDoesAndWhoItIs) {
    using std::chrono::hours, std::chrono::minutes;
    const auto keeper = [](const char* user, audit::Duration watched, uint64_t requests) {
        Caller caller;
        caller.user = user;
        caller.last_seen = audit::Time{hours{48}};
        caller.first_seen = audit::Time{hours{18}};
        caller.watched = watched;
        caller.requests = requests;
        caller.longest_gap = minutes{30};
        return caller.is_keeper();
    };
    constexpr auto kOperator = "system:serviceaccount:shop:operator";
    EXPECT_TRUE(keeper(kOperator, hours{24}, 20)) << "it watches for 8 of 10 hours";
    EXPECT_FALSE(keeper(kOperator, hours{24} - minutes{1}, 20));
    EXPECT_FALSE(keeper(kOperator, hours{24}, 19));
    EXPECT_TRUE(keeper(kOperator, {}, 100)) << "it comes at least each hour";
    EXPECT_FALSE(keeper(kOperator, {}, 99));
    EXPECT_FALSE(keeper("jana", hours{24}, 100));
    EXPECT_FALSE(keeper("system:serviceaccount:kube-system:generic-garbage-collector", hours{24}, 100));
    EXPECT_TRUE(keeper("system:serviceaccount:kube-system:operator", hours{24}, 100));
}

}  // namespace
}  // namespace redshank::crd
