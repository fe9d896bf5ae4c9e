// Questions over the state, without printing; the tests of the commands cover words and JSON.
#include <gmock/gmock.h>

#include "core/request/actor.h"
#include "core/state/row.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/questions/crds.h"
#include "daemon/questions/digest.h"
#include "daemon/questions/habits.h"
#include "daemon/questions/last_access.h"
#include "daemon/questions/names.h"
#include "daemon/questions/outbox.h"
#include "daemon/questions/said.h"
#include "detectors/access/clock.h"
#include "detectors/access/digest.h"
#include "detectors/access/habit.h"
#include "detectors/crd/resource.h"
#include "detectors/secrets/reads.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

audit::Time at(const char* text) {
    return *audit::parse_time(text);
}

// One text of each row.
template <class Row>
std::vector<std::string> of(const std::vector<Row>& rows, std::string (*text)(const Row&)) {
    std::vector<std::string> out;
    for (const Row& row : rows) out.push_back(text(row));
    return out;
}

class QuestionsTest : public ::testing::Test {
  protected:
    test::MemoryState state_;
};

TEST_F(QuestionsTest, LastAccessesTheLastFirst) {
    const auto put = [&](std::string_view table, const std::string& key, int64_t last) {
        state_.put(table, key, write_row(access::AccessRow{.first = 1, .last_success = last}));
    };
    put(access::kLastAccess,
        "ann\x1f\x1f"
        "c",
        10);
    put(access::kLastAccess,
        "ann\x1fu-1\x1f"
        "d\x1froot",
        30);
    put(access::kLastAccess,
        "bob\x1f\x1f"
        "c",
        20);
    put(access::kLastAccess, "no cluster", 40);
    put(access::kLastAccessByNamespace,
        "pay\x1f"
        "bob\x1f\x1f"
        "c",
        15);
    put(access::kLastAccessByResource,
        "ann\x1f\x1f"
        "c\x1f\x1fpods",
        5);
    const auto text = +[](const AccessedRow& row) {
        return row.user + "|" + row.uid + "|" + row.cluster + "|" + row.via + "|" + row.ns + "|" +
               row.resource;
    };
    const auto ask = [&](const AccessFilter& filter) { return of(last_accesses(state_, filter), text); };
    EXPECT_THAT(ask({}), ElementsAre("ann|u-1|d|root||", "bob||c|||", "ann||c|||"));
    EXPECT_THAT(ask({.user = "ann"}), ElementsAre("ann|u-1|d|root||", "ann||c|||"));
    EXPECT_THAT(ask({.user = "an"}), IsEmpty());
    EXPECT_THAT(ask({.cluster = "d"}), ElementsAre("ann|u-1|d|root||"));
    EXPECT_THAT(ask({.ns = "pay"}), ElementsAre("bob||c||pay|"));
    EXPECT_THAT(ask({.ns = "pa"}), IsEmpty());
    EXPECT_THAT(ask({.user = "ann", .cluster = "c", .by_resource = true}),
                ElementsAre("ann||c|||", "ann||c|||pods"));
}

TEST_F(QuestionsTest, WatchedClusters) {
    for (const char* cluster : {"c", "d"})
        state_.put(access::kWatching, cluster, write_row(access::WatchingRow{.since = 1, .last = 2}));
    const auto text = +[](const WatchedRow& row) { return row.cluster; };
    EXPECT_THAT(of(watched_clusters(state_, ""), text), ElementsAre("c", "d"));
    EXPECT_THAT(of(watched_clusters(state_, "d"), text), ElementsAre("d"));
}

TEST_F(QuestionsTest, CustomResourcesOfAGroupAndACluster) {
    for (const auto& [cluster, group] :
         {std::pair{"c", "a.com"}, std::pair{"c", "b.com"}, std::pair{"d", "a.com"}}) {
        const crd::Resource resource{.key = {cluster, group, "ws"}, .origin = crd::Origin::CrdEvent};
        state_.put(crd::kResourceTable, resource.key.text(), write_row(resource));
    }
    const auto text = +[](const crd::Report& report) { return report.key.cluster + "/" + report.key.group; };
    const auto ask = [&](const CrdsFilter& filter) { return of(custom_resources(state_, {}, filter), text); };
    EXPECT_THAT(ask({}), ElementsAre("c/a.com", "c/b.com", "d/a.com"));
    EXPECT_THAT(ask({.group = "a.com"}), ElementsAre("c/a.com", "d/a.com"));
    EXPECT_THAT(ask({.cluster = "c"}), ElementsAre("c/a.com", "c/b.com"));
}

// What fails stands first and says since when; requests are counted by the hour.
TEST_F(QuestionsTest, CustomResourcesWithTheirTimes) {
    const auto put = [&](const char* name, const char* first, const char* last) {
        crd::Resource resource{.key = {"c", "a.com", name}, .origin = crd::Origin::CrdEvent};
        resource.first_seen = at(first);
        resource.last_seen = at(last);
        if (std::string_view(name) == "bad") {
            crd::Track& track = resource.tracks[crd::OutcomeClass::RouteMissing];
            track.first = {
                .time = at("2026-01-05T09:00:00Z"), .user = "op", .verb = "patch", .name = "x", .code = 404};
            track.level = 2;
            for (const auto& [time, n] : {std::pair{"2026-01-05T09:00:00Z", 7}, {"2026-01-05T11:30:00Z", 3}})
                track.bad.add(at(time), static_cast<uint64_t>(n));
            for (const char* time : {"2026-01-05T09:00:00Z", "2026-01-05T11:30:00Z"})
                resource.valid.add(at(time), 20);
        }
        state_.put(crd::kResourceTable, resource.key.text(), write_row(resource));
    };
    put("bad", "2026-01-05T08:00:00Z", "2026-01-05T11:30:00Z");
    put("early", "2026-01-05T08:00:00Z", "2026-01-05T10:00:00Z");
    put("late", "2026-01-05T11:00:00Z", "2026-01-05T12:00:00Z");
    const auto text = +[](const crd::Report& report) { return report.key.resource; };
    const auto ask = [&](const CrdsFilter& filter) { return of(custom_resources(state_, {}, filter), text); };
    EXPECT_THAT(ask({}), ElementsAre("bad", "late", "early"));
    EXPECT_THAT(ask({.since = at("2026-01-05T10:00:00Z")}), ElementsAre("bad", "late", "early"));
    EXPECT_THAT(ask({.since = at("2026-01-05T10:00:01Z")}), ElementsAre("bad", "late"));
    EXPECT_THAT(ask({.until = at("2026-01-05T11:00:00Z")}), ElementsAre("bad", "late", "early"));
    EXPECT_THAT(ask({.until = at("2026-01-05T10:59:59Z")}), ElementsAre("bad", "early"));

    const auto bad = [&](const char* since) {
        return custom_resources(state_, {}, {.since = at(since)}).at(0);
    };
    EXPECT_EQ(bad("2026-01-05T08:00:00Z").failures, 10U);
    EXPECT_EQ(bad("2026-01-05T08:00:00Z").requests, 40U);
    EXPECT_EQ(bad("2026-01-05T11:00:00Z").failures, 3U);
    EXPECT_EQ(bad("2026-01-05T11:00:00Z").requests, 20U);
    const crd::Report report = custom_resources(state_, {}, {}).at(0);
    ASSERT_TRUE(report.first);
    EXPECT_EQ(report.first->time, at("2026-01-05T09:00:00Z"));
    EXPECT_THAT(crd::to_json(report),
                ::testing::HasSubstr(R"("first_failure":{"time":"2026-01-05T09:00:00.000000Z")"
                                     R"(,"user":"op","verb":"patch","namespace":"","name":"x","code":404})"));
    EXPECT_EQ(custom_resources(state_, {}, {}).at(1).first, std::nullopt);
}

TEST_F(QuestionsTest, WhatWasWeighedNewestFirst) {
    const auto put = [&](const char* time, const char* row) { state_.put(access::kDigest, time, row); };
    put("2026-01-05T10:00:00.000000Z",
        R"({"micros":1767607200000000,"time":"2026-01-05T10:00:00.000000Z","user":"ann","bits":4.5})");
    put("2026-01-06T10:00:00.000000Z",
        R"({"micros":1767693600000000,"time":"2026-01-06T10:00:00.000000Z","user":"bob"})");
    put("2026-01-07T10:00:00.000000Z", "[]");
    const auto text = +[](const access::DigestRow& row) { return row.user; };
    EXPECT_THAT(of(weighed_and_kept_back(state_, {}), text), ElementsAre("bob", "ann"));
    EXPECT_THAT(of(weighed_and_kept_back(state_, {.user = "ann"}), text), ElementsAre("ann"));
    EXPECT_THAT(of(weighed_and_kept_back(state_, {.since = at("2026-01-06T10:00:00Z")}), text),
                ElementsAre("bob"));
    EXPECT_EQ(weighed_and_kept_back(state_, {.user = "ann"})[0].bits, 4.5);
    EXPECT_EQ(weighed_and_kept_back(state_, {.user = "bob"})[0].bits, 0);
}

TEST_F(QuestionsTest, WhatPeopleSaidAndIsNotOver) {
    const audit::Time now = at("2026-01-05T10:00:00Z");
    for (const auto& [id, ends] : {std::pair{"1", now}, std::pair{"2", now + std::chrono::seconds{1}}}) {
        const Silence silence{.id = id, .matchers = {parse_matcher("actor=a")}, .starts = now, .ends = ends};
        state_.put(kSilenceTable, id, write_row(silence));
        access::SaidNormal said{.id = id, .author = "a", .comment = "c"};
        said.what.actor = "ann";
        said.what.expires = ends;
        state_.put(access::kSuppressions, id, write_row(said));
    }
    state_.put(access::kSuppressionUse, "2", write_row(access::SuppressionUse{.times = 3, .last = 4}));
    const auto silence = +[](const Silence& row) { return row.id; };
    EXPECT_THAT(of(silences(state_, now), silence), ElementsAre("2"));
    EXPECT_THAT(of(silences(state_, std::nullopt), silence), ElementsAre("1", "2"));
    const auto said =
        +[](const SuppressionRow& row) { return row.said.id + ":" + std::to_string(row.use.times); };
    EXPECT_THAT(of(suppressions(state_, now), said), ElementsAre("2:3"));
    EXPECT_THAT(of(suppressions(state_, std::nullopt), said), ElementsAre("1:0", "2:3"));
}

TEST_F(QuestionsTest, WhatWaitsBeforeWhatIsDead) {
    const Alert alert = alert_of({.id = "f_1", .detector = "rule", .kind = "k"}, at("2026-01-05T10:00:00Z"));
    state_.put(kDeadTable, queue_key("pager", 1),
               write_row(DeadLetter{at("2026-01-05T11:00:00Z"), "404", alert}));
    state_.put(kDeadTable, queue_key("chat", 2),
               write_row(DeadLetter{at("2026-01-05T12:00:00Z"), "410", alert}));
    state_.put(kQueueTable, queue_key("pager", 3), write_row(QueuedAlert{.alert = alert, .attempts = 2}));
    const auto text = +[](const OutboxRow& row) {
        return row.receiver +
               (row.is_dead ? " dead " + row.reason : " waits " + std::to_string(row.attempts)) + " " +
               audit::format_time(row.time).substr(11, 5);
    };
    EXPECT_THAT(of(outbox(state_, ""), text),
                ElementsAre("pager waits 2 10:00", "chat dead 410 12:00", "pager dead 404 11:00"));
    EXPECT_THAT(of(outbox(state_, "chat"), text), ElementsAre("chat dead 410 12:00"));
    EXPECT_THAT(of(dead_letters(state_, "pager"), text), ElementsAre("pager dead 404 11:00"));
}

TEST_F(QuestionsTest, UsualThingsAreThoseOfOneUser) {
    const auto put = [&](const std::string& key, int64_t hours, const char* last) {
        state_.put(access::kHabits, key,
                   write_row(access::HabitCell{.count = hours, .last = at(last).time_since_epoch().count()}));
    };
    put("c\x1e"
        "ann\x1fkubectl",
        3, "2026-01-05T10:00:00Z");
    put("c\x1e"
        "ann\x1fk9s",
        7, "2026-01-04T10:00:00Z");
    put("c\x1e"
        "anna\x1fhelm",
        9, "2026-01-04T10:00:00Z");
    put("n\x1e"
        "ann\x1f"
        "10.0.0.0/24",
        5, "2026-01-05T10:00:00Z");
    put("s\x1e"
        "ann\x1elist secrets\x1fpayments",
        2, "2026-01-05T10:00:00Z");
    put("s\x1e"
        "ann\x1elist secrets\x1f"
        "cluster",
        2, "2026-01-05T11:00:00Z");
    put("s\x1e"
        "ann\x1frefused",
        50, "2026-01-05T11:00:00Z");  // of all her actions: no sensitive one
    put("a\x1e"
        "ann\x1fget pods",
        50, "2026-01-05T11:00:00Z");
    const UsualThings ann = usual_things(state_, "ann");
    const auto words = +[](const UsualThing& one) {
        return one.what + " " + one.where + " " + std::to_string(one.hours) + " " +
               audit::format_time(one.last).substr(8, 5);
    };
    EXPECT_THAT(of(ann.clients, words), ElementsAre("k9s  7 04T10", "kubectl  3 05T10"));
    EXPECT_THAT(of(ann.networks, words), ElementsAre("10.0.0.0/24  5 05T10"));
    EXPECT_THAT(of(ann.actions, words), ElementsAre("list secrets for the whole cluster 2 05T11",
                                                    "list secrets in payments 2 05T10"));
    EXPECT_THAT(usual_things(state_, "an").clients, IsEmpty());
}

TEST_F(QuestionsTest, UsualThingsOfAnAccountAreThoseOfItsKind) {
    audit::User account;
    account.username = "system:serviceaccount:shop-7f9c4d5b6d:web";
    const std::string key = actor_from(account).key;
    EXPECT_NE(key, account.username);
    state_.put(access::kHabits, "c\x1e" + key + "\x1fgo",
               write_row(access::HabitCell{.count = 1, .last = 0}));
    EXPECT_EQ(usual_things(state_, "system:serviceaccount:shop-7f9c4d5b6d:web").clients.size(), 1);
}

TEST_F(QuestionsTest, UsualHoursAreOfAllClusters) {
    const auto put = [&](const std::string& key, int64_t days, int64_t hours) {
        state_.put(access::kClocks, key,
                   write_row(access::Clock{.first = 1, .last = 2, .days = days, .hours = hours}));
    };
    for (const char* cluster : {"a", "b"})
        state_.put(access::kWatching, cluster, write_row(access::WatchingRow{.since = 1, .last = 2}));
    put("a\x1f"
        "ann",
        3, int64_t{1} << 8 | int64_t{1} << (24 + 22));
    put("b\x1f"
        "ann",
        9, int64_t{1} << 0);
    put("a\x1f"
        "bob",
        12, int64_t{1} << 23);
    const UsualHours ann = usual_hours(state_, "ann");
    EXPECT_EQ(ann.days, 9);
    for (size_t hour = 0; hour < 24; ++hour) {
        EXPECT_EQ(ann.working_days[hour], hour == 0 || hour == 8) << hour;
        EXPECT_EQ(ann.weekends[hour], hour == 22) << hour;
    }
    EXPECT_EQ(usual_hours(state_, "nn").days, 0);
}

TEST_F(QuestionsTest, AccountsAndSecretsByTheNamesThatSentencesUse) {
    EXPECT_EQ(account_named("ci/deployer"), "system:serviceaccount:ci:deployer");
    for (const char* other : {"deployer", "ci/", "/deployer", "a/b/c", "a:b/c", ""})
        EXPECT_EQ(account_named(other), "");
    for (const char* secret : {"pay/db", "shop/db", "shop/api", "shop/*"}) {
        const secrets::Reads::Row row{.secret = secret, .user = "ann", .verdict = "in-order"};
        state_.put("secret_exposure.reads", std::string("c\x1f") + secret, write_row(row));
    }
    EXPECT_THAT(secrets_named(state_, "db"), ElementsAre("pay/db", "shop/db"));
    EXPECT_THAT(secrets_named(state_, "shop/db"), ElementsAre("shop/db"));
    EXPECT_THAT(secrets_named(state_, "d"), IsEmpty());
}

}  // namespace
}  // namespace redshank
