// The budget cannot be exhausted by others: what an intruder who knows it can hold back, and what not.
#include <gmock/gmock.h>

#include <algorithm>

#include "detectors/access/budget.h"
#include "detectors/access/config.h"
#include "tests/unit/detectors/access/diary.h"

using namespace redshank;
using namespace redshank::test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

constexpr double kDay = 24, kThen = 14 * kDay;

audit::Time hour(double hours) {
    return *audit::parse_time("2026-01-05T00:00:00Z") + audit::Duration{static_cast<int64_t>(hours * 3.6e9)};
}

TEST(Share, HoldsTheStrongestOfADayAndNotTheFirst) {
    access::Share share(0.5);  // room for one finding
    EXPECT_TRUE(share.take(5, hour(0)));
    EXPECT_FALSE(share.take(5.4, hour(1)));
    EXPECT_TRUE(share.take(5.5, hour(2)));
    EXPECT_FALSE(share.take(5.5, hour(3)));
    EXPECT_EQ(share.told(hour(3)), 2U);
    EXPECT_TRUE(share.take(4, hour(26)));  // a day after the stronger one
    EXPECT_EQ(share.told(hour(26)), 1U);
    EXPECT_FALSE(access::Share(0).take(13, hour(0)));
}

// Everybody is in a group of their own and looks at Pods, so that each person's first read of a Secret is a
// finding by itself.
struct Company {
    explicit Company(double budget = 1) {
        access::Config config = Diary::short_learning();
        config.budget_per_day = budget;
        diary = std::make_unique<Diary>(config);
        for (const char* name : {"alice", "bob", "carol", "dora", "emil"}) {
            diary->through(8, kThen, 5, {.user = person(name, std::string("team-") + name)});
        }
        diary->through(8, kThen, 5, {.user = account("shop", "web", "web-0")});
    }
    Finding* of(const std::string& user, const std::string& kind = "unusual-access") {
        told = diary->told();
        const auto at = std::find_if(told.begin(), told.end(), [&](const Finding& finding) {
            return finding.kind == kind && finding.who().user == user;
        });
        return at == told.end() ? nullptr : &*at;
    }
    std::unique_ptr<Diary> diary;
    std::vector<Finding> told;
};

Deed weak(const char* who) {  // about 6 bits
    return {
        .user = person(who, std::string("team-") + who), .verb = "create", .resource = "pods", .name = "tmp"};
}
Deed strong(const char* who) {  // about 8 bits
    return {
        .user = person(who, std::string("team-") + who), .verb = "list", .resource = "secrets", .name = ""};
}

TEST(Budget, AStrongerDeedIsToldThoughWeakOnesCameFirst) {
    Company company;
    company.diary->at(kThen + 1, weak("alice"));
    company.diary->at(kThen + 2, weak("bob"));
    company.diary->at(kThen + 3, strong("carol"));
    EXPECT_TRUE(company.of("alice"));
    EXPECT_FALSE(company.of("bob"));
    EXPECT_TRUE(company.of("carol"));
}

TEST(Budget, OneClassOfActorsCannotSpendWhatIsAnothers) {
    Company company;
    for (int i = 0; i < 5; ++i) {
        Deed exec{.user = account("shop", "web", "web-0"), .verb = "create", .resource = "pods"};
        exec.subresource = "exec", exec.code = 101;
        exec.ns = std::string("other-") + static_cast<char>('a' + i);
        company.diary->at(kThen + 1 + i / 60.0, exec);
    }
    company.diary->at(kThen + 2, weak("alice"));
    EXPECT_TRUE(company.of("alice"));
}

TEST(Budget, OneFindingADaySaysWhatWasHeldBackAndItIsNotLearnt) {
    Company company;
    company.diary->at(kThen + 1, strong("alice"));
    company.diary->at(kThen + 2, weak("bob"));
    for (const double hour : {2.1, 2.2, 2.3}) company.diary->at(kThen + hour, weak("bob"));
    company.diary->at(kThen + 3, weak("carol"));
    EXPECT_FALSE(company.of("bob"));
    const auto told = company.diary->told();
    const auto spent = std::find_if(told.begin(), told.end(),
                                    [](const Finding& finding) { return finding.kind == "budget-spent"; });
    ASSERT_NE(spent, told.end());
    EXPECT_EQ(spent->severity, Severity::Low);
    EXPECT_EQ(spent->count, 2U);
    EXPECT_FALSE(spent->actor);
    EXPECT_THAT(spent->summary,
                testing::StartsWith("Redshank held back 2 novel acts of people on 2026-01-19: "));
    EXPECT_THAT(spent->summary, HasSubstr("The strongest: carol created Pod shop/tmp."));
    // The next day there is room again, and the action is as unusual as it was.
    company.diary->at(kThen + 26, weak("bob"));
    EXPECT_TRUE(company.of("bob"));
}

// Actions of an account that were held back raise the score of its next step.
TEST(Budget, WhatWasHeldBackRaisesTheNextScoreOfItsActor) {
    const auto told = [](bool prepares) {
        Company company;
        company.diary->at(kThen + 1, strong("alice"));
        if (prepares) company.diary->at(kThen + 2, strong("bob"));
        Deed next = strong("bob");
        next.ns = "pay";
        company.diary->at(kThen + 3, next);
        return company.of("bob") != nullptr;
    };
    EXPECT_TRUE(told(true));
    EXPECT_FALSE(told(false));
}

TEST(Budget, WhatScoresHighIsToldWhateverWasSpent) {
    Company company(0);
    company.diary->at(kThen + 1, weak("alice"));
    Deed deed = strong("bob");
    deed.agent = "python-requests/2.31", deed.ip = "203.0.113.7", deed.ns = "kube-system";
    company.diary->at(kThen + 2, deed);
    EXPECT_FALSE(company.of("alice"));
    ASSERT_TRUE(company.of("bob"));
    EXPECT_EQ(company.of("bob")->severity, Severity::High);
}

// The intruder knows the budget: on five days he first has another account of the same class do something
// stronger. Each day this costs him a finding about that account; one finding says that something weaker was
// held back; and on the first day without the stronger action, the weaker one is a finding.
TEST(Budget, AnIntruderWhoPreparesIsSilentOnlyWhileHeShowsSomethingStronger) {
    Company company;
    const char* verbs[] = {"list", "update", "delete", "watch", "deletecollection"};
    for (int day = 0; day < 5; ++day) {
        Deed cover = strong("alice");
        cover.verb = verbs[day], cover.ns = std::string("x") + static_cast<char>('a' + day);
        company.diary->at(kThen + day * 25 + 1, cover);
        company.diary->at(kThen + day * 25 + 2, weak("bob"));
        EXPECT_FALSE(company.of("bob")) << day;
        EXPECT_TRUE(company.of("alice"));
        EXPECT_THAT(company.diary->kinds(), Contains("budget-spent").Times(day + 1));
    }
    company.diary->at(kThen + 5 * 25 + 2, weak("bob"));
    EXPECT_TRUE(company.of("bob"));
}

TEST(Crowd, TheSameNewThingByManyOfAGroupIsOneFindingThatNamesThem) {
    Diary diary;
    const char* team[] = {"alice", "bob", "carol", "dora", "emil", "fred", "gina"};
    for (const char* name : team) diary.through(8, kThen, 5, {.user = person(name)});
    double at = kThen + 1;
    for (const char* name : team) {
        diary.at(
            at += 3,
            {.user = person(name), .verb = "list", .resource = "secrets", .name = "", .agent = "lens/5.0"});
    }
    const auto told = diary.told();
    ASSERT_LE(told.size(), 3U);
    const auto found = std::find_if(told.begin(), told.end(), [](const Finding& finding) {
        return finding.title == "Several accounts of one group do the same new thing";
    });
    ASSERT_NE(found, told.end());
    const Finding& crowd = *found;
    EXPECT_THAT(crowd.summary,
                HasSubstr("7 members of group dev listed all Secrets in shop with lens within 3 days: "));
    EXPECT_THAT(crowd.summary, HasSubstr("alice, bob, carol, dora, emil, fred and gina."));
}

// A member that does much more than the crowd is not explained by it.
TEST(Crowd, ExplainsOnlyWhatItsMembersDid) {
    Diary diary;
    for (const char* name : {"alice", "bob", "carol", "mallory"})
        diary.through(8, kThen, 5, {.user = person(name)});
    double at = kThen + 1;
    for (const char* name : {"alice", "bob", "carol"}) {
        diary.at(at += 3, {.user = person(name), .verb = "list", .resource = "secrets", .name = ""});
    }
    diary.at(at + 1, {.user = person("mallory"),
                      .verb = "list",
                      .resource = "secrets",
                      .ns = "",
                      .name = "",
                      .ip = "203.0.113.9"});
    const auto told = diary.told();
    EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const Finding& finding) {
        return finding.who().user == "mallory" && finding.summary.starts_with("mallory");
    }));
}

}  // namespace
