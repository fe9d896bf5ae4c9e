// Where the times and counts of named reasons begin and end: one before, and at it.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

namespace {

constexpr double kSecond = 1.0 / 3600, kMinute = 1.0 / 60, kThen = 14 * 24;

access::Config without_model() {
    access::Config config = Diary::short_learning();
    config.disable = {"unusual-access"};
    return config;
}

Deed question(const std::string& resource = "selfsubjectaccessreviews",
              const std::string& user = person("alice")) {
    return {.user = user,
            .verb = "create",
            .resource = resource,
            .group = "authorization.k8s.io",
            .ns = "",
            .name = "",
            .code = 201};
}

// alice, of old, and then questions.
struct Asked {
    Asked() { diary.through(1, 100, 5, {}); }
    void ask(int count, double from) {
        for (int i = 0; i < count; ++i) diary.at(from + i * kSecond, question());
    }
    bool is_told() { return !diary.told().empty(); }
    Diary diary{without_model()};
};

TEST(Questions, FifteenWithinTenMinutes) {
    Asked fewer, enough, slow, slower;
    fewer.ask(14, 101);
    EXPECT_FALSE(fewer.is_told());
    enough.ask(15, 101);
    EXPECT_TRUE(enough.is_told());
    slow.ask(14, 101);
    slow.ask(1, 101 + 10 * kMinute - kSecond);
    EXPECT_TRUE(slow.is_told());
    slower.ask(14, 101);
    slower.ask(1, 101 + 10 * kMinute);
    EXPECT_FALSE(slower.is_told()) << "the next ten minutes have begun";
}

TEST(Questions, FourTimesAsManyAsEverBefore) {
    Asked fewer, enough;
    for (Asked* one : {&fewer, &enough}) one->ask(5, 101);
    fewer.ask(19, 103);
    EXPECT_FALSE(fewer.is_told());
    enough.ask(20, 103);
    EXPECT_TRUE(enough.is_told());
    EXPECT_THAT(enough.diary.told()[0].summary,
                testing::HasSubstr("Never asked more than 5 times in 10 min before"));
}

// Only questions about rights, made by somebody, are questions.
TEST(Questions, WhatIsNone) {
    const auto is_told = [](auto change) {
        Asked asked;
        Deed deed = question();
        change(deed);
        for (int i = 0; i < 20; ++i) asked.diary.at(101 + i * kSecond, deed);
        const auto kinds = asked.diary.kinds();
        return std::find(kinds.begin(), kinds.end(), "permission-enumeration") != kinds.end();
    };
    EXPECT_TRUE(is_told([](Deed&) {}));
    EXPECT_FALSE(is_told([](Deed& deed) { deed.verb = "get"; }));
    EXPECT_FALSE(is_told([](Deed& deed) { deed.group = "example.com"; }));
    EXPECT_FALSE(is_told([](Deed& deed) { deed.resource = "subjectaccessreviews"; }));
    EXPECT_FALSE(is_told([](Deed& deed) { deed.user = R"({"username":"system:kube-scheduler"})"; }));
}

TEST(Questions, WhoAsksForAllRightsFourTimesInADay) {
    const std::string rules = "selfsubjectrulesreviews";
    Asked fewer, enough, slow, again;
    for (int i = 0; i < 3; ++i) fewer.diary.at(101 + i, question(rules));
    EXPECT_FALSE(fewer.is_told());
    for (int i = 0; i < 4; ++i) enough.diary.at(101 + i, question(rules));
    EXPECT_TRUE(enough.is_told());
    for (int i = 0; i < 3; ++i) slow.diary.at(101 + i, question(rules));
    slow.diary.at(101 + 24 - kSecond, question(rules));
    EXPECT_TRUE(slow.is_told()) << "the day is not over";
    for (int i = 0; i < 3; ++i) again.diary.at(101 + i, question(rules));
    again.diary.at(101 + 24, question(rules));
    EXPECT_FALSE(again.is_told());
}

// A program asks once, and never if it is new.
TEST(Questions, AProgramsFirstIsToldOnceAndNotOfANewcomer) {
    const std::string app = account("shop", "api", "api-0"), young = account("shop", "new", "new-0");
    Diary diary(without_model());
    diary.through(1, 100, 1, {.user = app});
    diary.at(100, question("selfsubjectrulesreviews", young));
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(101, question("selfsubjectrulesreviews", app));
    EXPECT_THAT(diary.kinds(), ElementsAre("permission-enumeration"));
    EXPECT_EQ(diary.told()[0].count, 1U);
    diary.at(130, question("selfsubjectrulesreviews", app));
    EXPECT_EQ(diary.told().size(), 1U) << "it has asked before";
}

TEST(Credentials, TwelveHoursWithOneKindMakeItTheAccountsOwn) {
    const auto is_told = [](int hours, bool has_both = false) {
        Diary diary(without_model());
        for (int i = 0; i < 100; ++i) diary.at(i * 0.5, {.user = account("shop", "other", "other-0")});
        if (has_both) diary.at(50, {.user = account("shop", "api", "", "")});
        for (int i = 0; i < hours; ++i) diary.at(51 + i, {.user = account("shop", "api", "api-0")});
        diary.at(100, {.user = account("shop", "api", "", "j-3")});
        const auto kinds = diary.kinds();
        return std::find(kinds.begin(), kinds.end(), "credential-changed") != kinds.end();
    };
    EXPECT_FALSE(is_told(11));
    EXPECT_TRUE(is_told(12));
    EXPECT_FALSE(is_told(20, true)) << "two kinds are no habit";
}

TEST(Credentials, WhatWasToldIsTheAccountsOwnAfterAnotherDay) {
    Diary diary(without_model());
    diary.through(1, 100, 1, {.user = account("shop", "api", "api-0")});
    const auto times_told = [&] {
        uint64_t count = 0;
        for (const Finding& finding : diary.told()) count += finding.count;
        return count;
    };
    const Deed minted{.user = account("shop", "api", "", "j-3")};
    diary.at(100, minted);
    EXPECT_EQ(times_told(), 1U);
    diary.at(123.9, minted);
    EXPECT_EQ(times_told(), 2U);
    diary.at(124, minted);
    EXPECT_EQ(times_told(), 3U) << "the use that makes it its own";
    diary.at(125, minted);
    EXPECT_EQ(times_told(), 3U);
}

// A server that has just started does not know the roles of three accounts within a minute.
struct Refused {
    Refused() {
        for (double hour = 8; hour < kThen; hour += 5) {
            for (const char* name : {"a", "b", "c", "d"})
                diary.at(hour, {.user = account("shop", name, name), .resource = "secrets", .name = "db"});
        }
    }
    void refuse(const char* name, double seconds) {
        diary.at(kThen + seconds * kSecond,
                 {.user = account("shop", name, name),
                  .resource = "secrets",
                  .name = "db",
                  .code = 403,
                  .decision = "forbid",
                  .reason = R"(RBAC: [clusterrole.rbac.authorization.k8s.io "web" not found])"});
    }
    std::vector<Finding> moments() {
        std::vector<Finding> told = diary.told();
        std::erase_if(told, [](const Finding& finding) { return finding.kind != "rights-missing"; });
        return told;
    }
    Diary diary;
};

TEST(RightsMissing, ThreeAccountsWithinAMinute) {
    Refused two, three, slow;
    for (const char* name : {"a", "b"}) two.refuse(name, 0);
    two.refuse("a", 1);
    EXPECT_THAT(two.moments(), IsEmpty());
    three.refuse("a", 0);
    three.refuse("b", 30);
    three.refuse("c", 59);
    ASSERT_EQ(three.moments().size(), 1U);
    EXPECT_EQ(three.moments()[0].count, 3U) << "with those before it";
    slow.refuse("a", 0);
    slow.refuse("b", 30);
    slow.refuse("c", 60);
    EXPECT_THAT(slow.moments(), IsEmpty());
    slow.refuse("a", 61);
    EXPECT_EQ(slow.moments().size(), 1U) << "a came again, within a minute of the others";
}

TEST(RightsMissing, IsMediumOnceItLastsFiveMinutesAndAnotherAfterFiveQuietOnes) {
    Refused cluster;
    for (const char* name : {"a", "b", "c"}) cluster.refuse(name, 0);
    cluster.refuse("a", 150);
    cluster.refuse("a", 299);
    ASSERT_EQ(cluster.moments().size(), 1U);
    EXPECT_EQ(cluster.moments()[0].severity, Severity::Low);
    cluster.refuse("a", 300);
    EXPECT_EQ(cluster.moments()[0].severity, Severity::Medium);
    for (const char* name : {"a", "b", "c"}) cluster.refuse(name, 599);
    EXPECT_EQ(cluster.moments().size(), 1U);
    for (const char* name : {"a", "b", "c"}) cluster.refuse(name, 900);
    EXPECT_EQ(cluster.moments().size(), 2U);
}

// Three of a group within three days.
struct Team {
    Team() {
        for (const char* name : {"alice", "bob", "carol", "dora"})
            diary.through(8, kThen, 5, {.user = person(name)});
    }
    void list(const char* name, double hours) {
        diary.at(
            kThen + hours,
            {.user = person(name), .verb = "list", .resource = "secrets", .name = "", .agent = "lens/5.0"});
    }
    bool is_crowd() {
        const auto told = diary.told();
        return std::any_of(told.begin(), told.end(), [](const Finding& finding) {
            return finding.title == "Several accounts of one group do the same new thing";
        });
    }
    Diary diary;
};

TEST(CrowdBounds, ThreeActorsWithinThreeDays) {
    Team two, three, slow;
    two.list("alice", 1);
    two.list("bob", 2);
    EXPECT_FALSE(two.is_crowd());
    three.list("alice", 1);
    three.list("bob", 2);
    three.list("carol", 73 - kSecond);
    EXPECT_TRUE(three.is_crowd());
    slow.list("alice", 1);
    slow.list("bob", 2);
    slow.list("carol", 73);
    EXPECT_FALSE(slow.is_crowd()) << "alice did it three days ago";
}

}  // namespace
