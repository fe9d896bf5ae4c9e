#include "detectors/access/last_access.h"

#include <gmock/gmock.h>

#include "detectors/access/budget.h"
#include "detectors/access/config.h"
#include "detectors/access/habit.h"
#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;
using namespace redshank::access;

namespace {

AccessRow row_of(Diary& diary, const std::string& key) {
    diary.save();
    const auto text = diary.rows().get(kLastAccess, key);
    return read_row<AccessRow>(text.value_or("")).value_or(AccessRow{});
}

constexpr int64_t kStart = 1767571200'000000;  // 2026-01-05, where a Diary begins
constexpr int64_t kHour = 3600'000000;

TEST(LastAccess, KeepsTheNewestOfEachKindAndNeverMovesBack) {
    Diary diary;
    diary.at(5, {.name = "new"});
    diary.at(3, {.name = "late"});
    diary.at(6, {.verb = "list", .resource = "secrets", .name = "", .code = 403, .decision = "forbid"});
    const AccessRow row = row_of(diary,
                                 "alice\x1f\x1f"
                                 "c\x1f\x1f");
    EXPECT_EQ(row.first, kStart + 3 * kHour);
    EXPECT_EQ(row.last_success, kStart + 5 * kHour);
    EXPECT_EQ(row.last_denied, kStart + 6 * kHour);
    EXPECT_EQ(row.successes, 2);
    EXPECT_EQ(row.denials, 1);
    EXPECT_EQ(row.verb, "list");
    EXPECT_EQ(row.object, "secrets shop/");
    EXPECT_EQ(row.source, "10.0.0.7");
    EXPECT_EQ(row.last(), row.last_denied);
    EXPECT_THAT(write_row(row), testing::HasSubstr("\"last\":" + std::to_string(kStart + 6 * kHour)));
    diary.at(7, {.name = "again"});
    EXPECT_EQ(row_of(diary,
                     "alice\x1f\x1f"
                     "c\x1f\x1f")
                  .last(),
              kStart + 7 * kHour);
}

// Requests of one kind differ in the name, which may be missing, or so long that the text is cut.
TEST(LastAccess, TellsTheObjectOfTheNewestRequestOfAKind) {
    Diary diary;
    double hour = 1;
    const auto object_after = [&](const Deed& deed) {
        diary.at(hour += 1, deed);
        return row_of(diary,
                      "alice\x1f\x1f"
                      "c\x1f\x1f")
            .object.get();
    };
    for (const std::string ns : {"shop", ""}) {
        const std::string in = ns.empty() ? ns : ns + "/";
        const std::string fits(256 - 5 - in.size(), 'n'), blank = ns.empty() ? "" : " ";
        for (const std::string name : {"web", "", "", "db", "web", "db"}) {
            const std::string between = name.empty() ? blank : " ";
            EXPECT_EQ(object_after({.ns = ns, .name = name}), "pods" + between + in + name) << ns;
        }
        EXPECT_EQ(object_after({.ns = ns, .name = fits}), "pods " + in + fits);
        EXPECT_EQ(object_after({.ns = ns, .name = fits + "n"}), "pods " + in + fits);
        EXPECT_EQ(object_after({.ns = ns, .name = fits + "x"}), "pods " + in + fits);
        EXPECT_EQ(object_after({.ns = ns, .name = "web"}), "pods " + in + "web");
        EXPECT_EQ(object_after({.ns = ns, .name = "db"}), "pods " + in + "db");
    }
}

TEST(LastAccess, ImpersonationMakesTwoRows) {
    Diary diary;
    diary.at(1, {.user = person("root"), .impersonated = person("alice")});
    EXPECT_EQ(row_of(diary,
                     "root\x1f\x1f"
                     "c\x1f\x1f")
                  .successes,
              1);
    EXPECT_EQ(row_of(diary,
                     "alice\x1f\x1f"
                     "c\x1froot\x1f")
                  .successes,
              1);
    EXPECT_EQ(row_of(diary,
                     "alice\x1f\x1f"
                     "c\x1f\x1f")
                  .successes,
              0);
}

TEST(LastAccess, FailedAuthenticationIsNobody) {
    Diary diary;
    diary.at(1, {.user = "{}", .code = 401, .decision = "", .has_object = false});
    diary.save();
    EXPECT_FALSE(diary.rows().all().contains(std::string(kLastAccess)));
    EXPECT_TRUE(diary.rows().get(kFailedLogins,
                                 "c\x1f"
                                 "10.0.0.*\x1f"));
}

TEST(LastAccess, KnowsSinceWhenAndWhatWasMissed) {
    Diary diary;
    diary.at(1, {});
    diary.at(1.1, {});
    diary.at(3, {});
    diary.save();
    const auto row = *read_row<WatchingRow>(*diary.rows().get(kWatching, "c"));
    EXPECT_EQ(row.since, kStart + kHour);
    ASSERT_EQ(row.gaps.size(), 1U);
    EXPECT_EQ(row.gaps[0].to, kStart + 3 * kHour);
}

TEST(LastAccess, OnlyWhatChangedIsWritten) {
    Diary diary;
    for (int i = 0; i < 200; ++i) diary.at(1 + i / 1000.0, {.user = person("user" + std::to_string(i))});
    diary.save();
    const uint64_t before = diary.rows().writes;
    diary.at(1.3, {.user = person("user7")});
    diary.save();
    EXPECT_LT(diary.rows().writes - before, 40U);
}

TEST(BoundedState, AFloodOfNamesPushesOutItselfAndIsCounted) {
    BoundedTable<HabitCell> table("t", 10'000);
    for (int i = 0; i < 1000; ++i) table.change("habit" + std::to_string(i)) = {.count = 9, .last = 1};
    for (int i = 0; i < 1'000'000; ++i)
        table.change("flood" + std::to_string(i)) = {.count = 1, .last = 2 + i};
    EXPECT_LE(table.size(), 10'000U);
    EXPECT_GT(table.evictions(), 980'000U);
    for (int i = 0; i < 1000; ++i) EXPECT_NE(table.find("habit" + std::to_string(i)), nullptr);
}

TEST(BoundedState, AHandleChangesItsRowUntilRowsAreRemoved) {
    BoundedTable<HabitCell> table("t", 10);
    const auto handle = table.handle("a");
    for (int i = 0; i < 9; ++i) table.change("b" + std::to_string(i)).last = 5;
    EXPECT_EQ(table.removals(), 0U);
    table.change(handle).count = 7;
    EXPECT_EQ(handle.row().count, 7);
    EXPECT_EQ(table.find("a")->count, 7);
    table.change("c");  // one of the ten goes
    EXPECT_EQ(table.removals(), 1U);
    EXPECT_TRUE(table.erase("a"));
    EXPECT_EQ(table.removals(), 2U);
}

TEST(BoundedState, WhatAHandleChangedIsSavedOnce) {
    BoundedTable<HabitCell> table("t", 10);
    Rows state;
    const auto handle = table.handle("a");
    for (int64_t count : {1, 2}) table.change(handle).count = count;
    table.save(state);
    EXPECT_EQ(state.writes, 1U);
    EXPECT_FALSE(table.has_changed());
    table.change(handle).count = 3;
    EXPECT_TRUE(table.has_changed());
    table.save(state);
    EXPECT_EQ(state.all().at("t").at("a"), "[3,0]");
}

TEST(BoundedState, TheDetectorStaysWithinItsBounds) {
    access::Config config = Diary::short_learning();
    config.max_rows = 500;
    config.max_habits = 2000;
    Diary diary(config);
    for (int i = 0; i < 6000; ++i) {
        const std::string n = std::to_string(i);
        diary.at(1 + i / 100.0, {.user = person("user" + n, "g" + n),
                                 .resource = "secrets",
                                 .ns = "ns" + n,
                                 .name = "s" + n,
                                 .agent = "agent" + n});
    }
    diary.save();
    EXPECT_LE(diary.rows().all().at(std::string(kLastAccess)).size(), 500U);
    EXPECT_LE(diary.rows().all().at("unusual_access.habits").size(), 2000U);
}

TEST(HabitModel, BacksOffFromOwnToPeersToAll) {
    HabitModel model(1000);
    const auto time = [](int hour) { return audit::Time{std::chrono::hours{500'000 + hour}}; };
    const HabitModel::Levels alice{"a", "team", "all"}, bob{"b", "team", "all"}, eve{"e", "others", "all"};
    for (int hour = 0; hour < 100; ++hour) model.learn(alice, "pods", time(hour));
    model.learn(bob, "secrets", time(1));
    model.learn(bob, "secrets", time(1));  // the same hour: one habit
    EXPECT_EQ(model.context("a").total, 100);
    EXPECT_EQ(model.context("b").total, 1);
    EXPECT_EQ(model.context("team").total, 2);  // two first times
    const double own = model.probability(alice, "pods", 0.001),
                 by_peer = model.probability(alice, "secrets", 0.001),
                 by_nobody = model.probability(alice, "nodes", 0.001);
    EXPECT_GT(own, 0.9);
    EXPECT_LT(by_peer, 0.02);
    EXPECT_LT(by_nobody, by_peer);
    EXPECT_GT(model.probability(alice, "secrets", 0.001, 1), 0.2);  // the same as for a newcomer to the team
    // She has no history, so that of all users counts.
    EXPECT_GT(model.probability(eve, "secrets", 0.001), 0.1);
}

TEST(HabitModel, KeepsHoursAsTheMicrosecondsAtWhichTheyBegan) {
    EXPECT_EQ(Hour::of(1767571200'000000).micros(), 1767571200'000000);
    EXPECT_EQ(Hour::of(1767571200'000000 + kHour - 1).micros(), 1767571200'000000);
    EXPECT_EQ(Hour::of(1767571200'000000 - 1).micros(), 1767571200'000000 - kHour);
    EXPECT_EQ(Hour::of(-kHour), Hour{}) << "before 1970";
    EXPECT_EQ(write_row(HabitCount{.count = 3, .last = Hour::of(1767574800'000000)}), "[3,1767574800000000]");
    const auto row = read_row<HabitTotals>("[7,2,1767574800000000]");
    ASSERT_TRUE(row);
    EXPECT_EQ(row->total, 7U);
    EXPECT_EQ(row->kinds, 2U);
    EXPECT_EQ(row->last.micros(), 1767574800'000000);
    EXPECT_LT(worth(HabitCount{.count = 2, .last = {9}}), worth(HabitCount{.count = 3, .last = {1}}));
    EXPECT_LT(worth(HabitCount{.count = 1, .last = {1}}), worth(HabitCount{.count = 1, .last = {2}}));
    EXPECT_LT(worth(HabitTotals{.total = 9, .last = {9}}), worth(HabitTotals{.total = 10, .last = {1}}));
    EXPECT_LT(worth(HabitTotals{.total = 1, .last = {1}}), worth(HabitTotals{.total = 1, .last = {2}}));
}

// Joined, the parts are the key, whatever names hold.
TEST(HabitModel, CutsAKeyWhereItsPartsMeet) {
    const HabitParts cut;
    EXPECT_EQ(cut("a\x1e"
                  "alice\x1flist secrets"),
              (KeyParts{"a\x1e", "alice", "", "\x1flist secrets"}));
    EXPECT_EQ(cut("s\x1e"
                  "alice\x1elist secrets\x1fshop"),
              (KeyParts{"s\x1e", "alice", "\x1elist secrets", "\x1fshop"}));
    EXPECT_EQ(cut("s\x1epeers of group dev\x1elist secrets"),
              (KeyParts{"s\x1e", "peers of group dev", "\x1elist secrets", ""}));
    EXPECT_EQ(cut("alice\x1f"
                  "client\x1e\x1f"),
              (KeyParts{"", "alice", "",
                        "\x1f"
                        "client\x1e\x1f"}));
    EXPECT_EQ(cut("alice"), (KeyParts{"", "alice", "", ""}));
    EXPECT_EQ(cut("\x1e\x1f"), (KeyParts{"", "", "\x1e", "\x1f"}));
    EXPECT_EQ(cut("a\x1e"), (KeyParts{"a\x1e", "", "", ""}));
    EXPECT_EQ(cut(""), KeyParts{});
}

TEST(LastAccess, CutsAKeyBehindAMark) {
    EXPECT_EQ(AccessParts<1>()("shop\x1f"
                               "alice\x1f\x1f"
                               "c1\x1f\x1f"),
              (KeyParts{"shop\x1f",
                        "alice\x1f\x1f"
                        "c1\x1f\x1f"}));
    EXPECT_EQ(AccessParts<4>()("alice\x1f\x1f"
                               "c1\x1f\x1fsecrets\x1f"),
              (KeyParts{"alice\x1f\x1f"
                        "c1\x1f\x1f",
                        "secrets\x1f"}));
    EXPECT_EQ(AccessParts<4>()("alice\x1f\x1f"
                               "c1\x1f\x1f"),
              (KeyParts{"alice\x1f\x1f"
                        "c1\x1f\x1f"}));
    EXPECT_EQ(AccessParts<4>()("no marks"), KeyParts{"no marks"});
    EXPECT_EQ(AccessParts<1>()(""), KeyParts{});
}

TEST(Budget, ReturnPeriod) {
    const audit::Time start{std::chrono::days{20'000}};
    ScoreHistory history;
    history.start(start);
    for (int day = 0; day < 20; ++day) {
        for (int i = 0; i < 10; ++i) history.add(i, start + std::chrono::days{day});
    }
    const audit::Time now = start + std::chrono::days{20};
    EXPECT_NEAR(history.rate_per_day(0, now), 10, 1.5);
    EXPECT_NEAR(history.rate_per_day(8, now), 2, 0.4);
    EXPECT_LT(history.rate_per_day(15, now), 0.1);
    EXPECT_GT(history.rate_per_day(10, now), history.rate_per_day(12, now));
    const ScoreHistory again = *read_row<ScoreHistory>(write_row(history));
    EXPECT_EQ(again.rate_per_day(8, now), history.rate_per_day(8, now));
    EXPECT_EQ(write_row(again), write_row(history));
}

}  // namespace
