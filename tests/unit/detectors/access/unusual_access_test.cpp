#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/detectors/access/diary.h"

#include "detectors/access/config.h"

using namespace redshank;
using namespace redshank::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

// Alice and her team look at pods for two weeks; nobody touches secrets.
void quiet_weeks(Diary& diary, double until = 14 * 24) {
    for (const char* name : {"alice", "bob", "carol"}) {
        diary.through(8, until, 5, {.user = person(name)});
    }
}

TEST(UnusualAccess, SensitiveActionThatIsNewIsTold) {
    Diary diary;
    quiet_weeks(diary);
    diary.at(14 * 24 + 1, {.verb = "list", .resource = "secrets", .name = ""});
    const auto told = diary.told();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].kind, "unusual-access");
    EXPECT_GE(told[0].severity, Severity::Medium);
    EXPECT_EQ(told[0].who().user, "alice");
    EXPECT_THAT(
        told[0].summary,
        testing::Eq(
            "alice listed all Secrets in shop. Never done in 13 days; none of 2 colleagues did this."));
    EXPECT_THAT(told[0].mitre, ElementsAre("T1552.007"));
    EXPECT_EQ(told[0].evidence.size(), 1U);
}

// Only Kubernetes' own controllers are exempt; a name with the same ending is not enough.
TEST(UnusualAccess, AnAccountThatIsNamedLikeAControllerIsWatchedLikeAnyOther) {
    const auto told = [](const char* name) {
        Diary diary;
        quiet_weeks(diary);
        const std::string user = account("kube-system", name, "");
        diary.through(8, 14 * 24, 5, {.user = user});
        diary.at(14 * 24 + 1, {.user = user, .verb = "list", .resource = "secrets", .name = ""});
        return diary.told().size();
    };
    EXPECT_EQ(told("backup-tool"), 1u);
    EXPECT_EQ(told("backup-controller"), 1u);
    EXPECT_EQ(told("deployment-controller"), 0u);
}

TEST(UnusualAccess, LearningIsSilent) {
    Diary diary;
    quiet_weeks(diary, 2 * 24);
    diary.at(2 * 24 + 1, {.verb = "list", .resource = "secrets", .name = ""});
    EXPECT_THAT(diary.told(), IsEmpty());
}

TEST(UnusualAccess, WhatWasLearntIsNoNews) {
    Diary diary;
    const Deed habit{.resource = "secrets", .name = "db"};
    diary.through(8, 14 * 24, 5, habit);
    EXPECT_THAT(diary.told(), IsEmpty());
}

TEST(UnusualAccess, VersionsAddressesAndGeneratedNamesAreNoNews) {
    Diary diary;
    diary.through(8, 10 * 24, 5, {.resource = "secrets", .name = "token-x7k2p"});
    diary.at(10 * 24 + 1, {.resource = "secrets",
                           .name = "token-b9vqz",
                           .agent = "kubectl/v1.33.0 (linux/arm64)",
                           .ip = "10.0.0.99"});
    EXPECT_THAT(diary.told(), IsEmpty());
}

TEST(UnusualAccess, NewNamespacesAreNobodysNews) {
    Diary diary;
    const std::string ci = account("ci", "runner", "runner-0");
    for (int day = 0; day < 14; ++day) {
        const std::string ns = "pr-" + std::to_string(1500 + day) + "-kbm6f";
        diary.at(day * 24 + 9,
                 {.user = ci, .verb = "create", .resource = "secrets", .ns = ns, .name = "env"});
        diary.at(day * 24 + 10,
                 {.user = account(ns, "default", "p"), .resource = "secrets", .ns = ns, .name = "env"});
    }
    EXPECT_THAT(diary.told(), IsEmpty());
}

TEST(UnusualAccess, PeersMakeItUsual) {
    Diary diary;
    const auto reads_secret = [](const char* who) {
        return Deed{.user = person(who), .resource = "secrets", .name = "db"};
    };
    for (const char* name : {"bob", "carol", "dora", "emil", "fred", "gina"})
        diary.through(8, 14 * 24, 20, reads_secret(name));
    diary.through(8, 14 * 24, 20, {.user = person("alice")});
    diary.at(14 * 24 + 1, reads_secret("alice"));
    EXPECT_THAT(diary.told(), IsEmpty());
}

TEST(UnusualAccess, AnAccountNobodyKnowsIsJudgedByItsPeersAndSaysSo) {
    Diary diary;
    quiet_weeks(diary);
    diary.at(14 * 24 + 1, {.user = person("mallory"), .verb = "list", .resource = "secrets", .name = ""});
    const auto told = diary.told();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0].summary,
                HasSubstr("Never done before: the account is new; none of 3 colleagues did this."));
}

TEST(UnusualAccess, RepeatsJoinTheFindingAndALaterRecurrenceIsLearnt) {
    Diary diary;
    quiet_weeks(diary);
    const Deed deed{.verb = "list", .resource = "secrets", .name = ""};
    const double day = 14 * 24;
    for (const double hour : {1.0, 2.0, 3.0}) diary.at(day + hour, deed);
    ASSERT_EQ(diary.told().size(), 1U);
    EXPECT_EQ(diary.told()[0].count, 3U);
    diary.restart();
    for (const double hour : {50.0, 75.0, 100.0}) diary.at(day + hour, deed);
    EXPECT_EQ(diary.told().size(), 1U);
    EXPECT_EQ(diary.told()[0].count, 3U);
}

TEST(UnusualAccess, StepsOfOneAccountBecomeOneStory) {
    Diary diary;
    quiet_weeks(diary);
    const double day = 14 * 24;
    const std::string rbac = "rbac.authorization.k8s.io";
    diary.at(day + 1, {.verb = "create",
                       .resource = "clusterrolebindings",
                       .group = rbac,
                       .ns = "",
                       .name = "x",
                       .code = 201});
    diary.at(day + 2, {.verb = "list", .resource = "secrets", .ns = "", .name = ""});
    diary.at(day + 3,
             {.verb = "create", .resource = "cronjobs", .group = "batch", .name = "sync", .code = 201});
    diary.at(day + 4, {.verb = "delete", .resource = "events", .name = "web.18eaa60cc2187ae7"});
    const auto told = diary.told();
    const auto story =
        std::find_if(told.begin(), told.end(), [](const Finding& f) { return f.kind == "attack-sequence"; });
    ASSERT_NE(story, told.end());
    EXPECT_EQ(told.size(), 2U);
    EXPECT_EQ(story->severity, Severity::Critical);
    EXPECT_EQ(story->count, 4U);
    EXPECT_THAT(story->summary, testing::Eq("alice created ClusterRoleBinding x, listed all Secrets of the "
                                            "cluster, created CronJob shop/sync "
                                            "and deleted Event shop/web.18eaa60cc2187ae7, within 3 h."));
    EXPECT_THAT(story->mitre, ElementsAre("T1098.006", "T1552.007", "T1053.007", "T1070"));
}

TEST(UnusualAccess, SuppressionHoldsUntilItExpires) {
    access::Config config = Diary::short_learning();
    config.suppress = {{.actor = "ali*",
                        .behaviour = "list secrets",
                        .expires = *audit::parse_time("2026-01-20T00:00:00Z")}};
    for (const bool expired : {false, true}) {
        if (expired) config.suppress[0].expires = *audit::parse_time("2026-01-19T00:00:00Z");
        Diary diary(config);
        quiet_weeks(diary);
        diary.at(14 * 24 + 1, {.verb = "list", .resource = "secrets", .name = ""});  // the 19th
        EXPECT_EQ(diary.told().size(), expired ? 1U : 0U);
    }
}

TEST(UnusualAccess, AnonymousSuccessIsToldEvenWhileLearning) {
    const std::string nobody = R"({"username":"system:anonymous","groups":["system:unauthenticated"]})";
    Diary diary;
    diary.at(1, {.user = nobody, .uri = "/healthz", .has_object = false});
    diary.at(1, {.user = nobody, .uri = "/version", .has_object = false});
    diary.at(1, {.user = nobody, .resource = "configmaps", .ns = "kube-public", .name = "cluster-info"});
    diary.at(1, {.user = nobody, .resource = "secrets", .code = 403, .decision = "forbid"});
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(2, {.user = nobody, .verb = "list", .resource = "secrets", .ns = "", .name = ""});
    ASSERT_THAT(diary.kinds(), ElementsAre("anonymous-success"));
    EXPECT_EQ(diary.told()[0].severity, Severity::Critical);
}

// The same sequence with a restart after every event.
TEST(UnusualAccess, RestartsChangeNothing) {
    const auto live = [](bool restarts) {
        Diary diary;
        const auto at = [&](double hour, const Deed& deed) {
            diary.at(hour, deed);
            if (restarts) diary.restart();
        };
        for (const char* name : {"alice", "bob"}) {
            for (double hour = 8; hour < 8 * 24; hour += 9) at(hour, {.user = person(name)});
        }
        at(8 * 24, {.verb = "list", .resource = "secrets", .name = ""});
        at(8 * 24 + 1, {.verb = "create", .resource = "pods", .subresource = "exec", .code = 101});
        at(8 * 24 + 2, {.verb = "delete", .resource = "events", .name = "e"});
        // Three people of one group, one of whom the budget holds back; then the same action by a fourth.
        for (const char* name : {"carol", "dora", "emil", "fred"}) {
            at(8 * 24 + 2.5, {.user = person(name), .verb = "create", .resource = "pods", .name = "x"});
            at(8 * 24 + 2.6,
               {.user = person(name, name), .verb = "delete", .resource = "namespaces", .ns = name});
        }
        at(8 * 24 + 3, {.user = person("bob"), .verb = "create", .resource = "cronjobs", .group = "batch"});
        diary.save();
        return std::pair(diary.told(), diary.rows().all());
    };
    const auto [told, rows] = live(false);
    const auto [told_again, rows_again] = live(true);
    ASSERT_EQ(told.size(), told_again.size());
    for (size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].id, told_again[i].id);
        EXPECT_EQ(told[i].summary, told_again[i].summary);
        EXPECT_EQ(told[i].count, told_again[i].count);
    }
    for (const auto& [table, content] : rows) {
        if (table == "findings.open") continue;
        EXPECT_EQ(content, rows_again.at(table)) << table;
    }
}

TEST(UnusualAccess, SecondsOfDisorderChangeNoFinding) {
    const auto live = [](bool disorder) {
        Diary diary;
        for (double hour = 8.5; hour < 8 * 24; hour += 5) {
            const double second = 1.0 / 3600;
            diary.at(hour + (disorder ? 4 * second : 0), {.user = person("bob")});
            diary.at(hour + (disorder ? 0 : 4 * second), {});
        }
        diary.at(8 * 24 + 0.5, {.verb = "list", .resource = "secrets", .name = ""});
        return diary.told();
    };
    const auto told = live(false), told_disordered = live(true);
    ASSERT_EQ(told.size(), 1U);
    ASSERT_EQ(told_disordered.size(), 1U);
    EXPECT_EQ(told[0].id, told_disordered[0].id);
}

}  // namespace
