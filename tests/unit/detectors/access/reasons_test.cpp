#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/detectors/access/diary.h"

#include "detectors/access/config.h"

using namespace redshank;
using namespace redshank::test;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

// Only the named reasons speak.
access::Config without_model() {
    access::Config config = Diary::short_learning();
    config.disable = {"unusual-access"};
    return config;
}

TEST(DormantIdentity, ReturnAfterTheLimitIsTold) {
    const struct {
        std::string user;
        int days;
        bool told;
    } cases[] = {
        {person("alice"), 44, false},
        {person("alice"), 46, true},
        {account("shop", "api", "api-0"), 60, false},
        {account("shop", "api", "api-0"), 91, true},
        {R"({"username":"system:node:w1","groups":["system:nodes"]})", 200, false},
    };
    for (const auto& c : cases) {
        Diary diary(without_model());
        diary.at(1, {.user = c.user});
        diary.at(2, {.user = c.user});
        diary.at(2 + c.days * 24.0, {.user = c.user});
        diary.at(2.1 + c.days * 24.0, {.user = c.user});
        EXPECT_EQ(diary.kinds(),
                  c.told ? std::vector<std::string>{"identity-dormant-returned"} : std::vector<std::string>{})
            << c.user << c.days;
    }
}

TEST(DormantIdentity, ARefusedRequestIsNoReturn) {
    Diary diary(without_model());
    diary.at(1, {});
    diary.at(60 * 24, {.code = 403, .decision = "forbid"});
    EXPECT_THAT(diary.told(), IsEmpty());
}

TEST(Impersonation, NewPairsAreToldAndKnownGroupsAreOneRole) {
    Diary diary(without_model());
    for (const char* name : {"bob", "carol"}) diary.at(1, {.user = person(name)});
    const auto plays = [](const std::string& whom) {
        return Deed{.user = person("root", "admins"),
                    .impersonated = R"({"username":")" + whom + R"(","groups":["system:authenticated"]})"};
    };
    diary.at(2, plays("bob"));
    diary.at(100, plays("carol"));  // another of the same group
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(101, plays("system:serviceaccount:bank:vault"));
    ASSERT_THAT(diary.kinds(), ElementsAre("impersonation-new"));
    EXPECT_THAT(diary.told()[0].summary, HasSubstr("acted as system:serviceaccount:bank:vault"));
}

TEST(Impersonation, RefusalIsReadFromTheMessage) {
    Diary diary(without_model());
    diary.at(1, {.code = 403,
                 .decision = "",
                 .message = "users is forbidden: User cannot impersonate resource users in API group"});
    EXPECT_THAT(diary.kinds(), ElementsAre("impersonation-refused"));
}

TEST(RefusalBurst, ManyDoorsButNotOneDoorOftenTried) {
    const auto refused = [](int i) {
        return Deed{.ns = "ns" + std::to_string(i),
                    .code = 403,
                    .decision = "forbid",
                    .uri = "/api/v1/namespaces/ns" + std::to_string(i) + "/pods/web"};
    };
    Diary same(without_model()), many(without_model()), slow(without_model());
    for (int i = 0; i < 60; ++i) same.at(1 + i / 600.0, refused(1));
    EXPECT_THAT(same.told(), IsEmpty());
    for (int i = 0; i < 12; ++i) many.at(1 + i / 100.0, refused(i));
    ASSERT_THAT(many.kinds(), ElementsAre("refusal-burst"));
    EXPECT_THAT(many.told()[0].summary, HasSubstr("10 different requests refused within 10 minutes"));
    for (int i = 0; i < 12; ++i) slow.at(1 + i, refused(i));  // not sensitive, an hour apart
    EXPECT_THAT(slow.told(), IsEmpty());
}

TEST(RefusalBurst, FewSensitiveDoorsOverDays) {
    Diary diary(without_model());
    diary.through(1, 100, 5, {});
    for (int i = 0; i < 4; ++i) {
        diary.at(100 + 6 * i, {.verb = "list",
                               .resource = "secrets",
                               .ns = "team" + std::string(1, static_cast<char>('a' + i)),
                               .name = "",
                               .code = 403,
                               .decision = "forbid",
                               .uri = "/api/v1/" + std::to_string(i)});
    }
    EXPECT_THAT(diary.kinds(), ElementsAre("refusal-burst"));
}

TEST(PermissionEnumeration, AProgramThatAsksWhatItMayDo) {
    const Deed ask{.user = account("shop", "api", "api-0"),
                   .verb = "create",
                   .resource = "selfsubjectrulesreviews",
                   .group = "authorization.k8s.io",
                   .ns = "",
                   .name = "",
                   .code = 201};
    Diary diary(without_model());
    diary.through(1, 100, 5, {.user = account("shop", "api", "api-0")});
    diary.at(100, ask);
    EXPECT_THAT(diary.kinds(), ElementsAre("permission-enumeration"));
}

TEST(PermissionEnumeration, ManyQuestionsAtOnce) {
    Diary diary(without_model());
    diary.through(1, 100, 5, {});
    const Deed ask{.verb = "create",
                   .resource = "selfsubjectaccessreviews",
                   .group = "authorization.k8s.io",
                   .ns = "",
                   .name = "",
                   .code = 201};
    diary.at(90, ask);
    EXPECT_THAT(diary.told(), IsEmpty());
    for (int i = 0; i < 20; ++i) diary.at(101 + i / 600.0, ask);
    EXPECT_THAT(diary.kinds(), ElementsAre("permission-enumeration"));
}

TEST(CredentialChange, AnAccountOfPodsComesWithoutOne) {
    Diary diary(without_model());
    diary.through(1, 100, 1, {.user = account("shop", "api", "api-0")});
    diary.at(100, {.user = account("shop", "api", "api-1", "j-2")});  // the next pod
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(101, {.user = account("shop", "api", "", "j-3")});
    ASSERT_THAT(diary.kinds(), ElementsAre("credential-changed"));
    EXPECT_THAT(diary.told()[0].summary, HasSubstr("came with a token bound to no pod"));
}

TEST(TokenLineage, AMintedTokenUsedElsewhere) {
    const Deed mint{.user = person("root", "admins"),
                    .verb = "create",
                    .resource = "serviceaccounts",
                    .subresource = "token",
                    .name = "api",
                    .code = 201,
                    .more_annotations = R"(,"authentication.kubernetes.io/issued-credential-id":"JTI=j-9")"};
    Diary same(without_model()), elsewhere(without_model());
    for (Diary* diary : {&same, &elsewhere}) {
        diary->through(1, 100, 5, {.user = person("root", "admins")});
        diary->at(100, mint);
    }
    same.at(101, {.user = account("shop", "api", "", "j-9"), .ip = "10.0.0.8"});
    EXPECT_THAT(same.kinds(), Not(Contains("token-used-elsewhere")));
    elsewhere.at(101, {.user = account("shop", "api", "", "j-9"), .agent = "curl/8", .ip = "198.51.100.7"});
    ASSERT_THAT(elsewhere.kinds(), Contains("token-used-elsewhere"));
    EXPECT_THAT(elsewhere.told()[0].summary,
                HasSubstr("asked for by root from 10.0.0.*, and is used from 198.51.100.* with curl"));
}

TEST(OffHours, APersonWhoKeepsHours) {
    Diary diary(without_model());
    for (int day = 0; day < 28; ++day) {
        if (day % 7 < 5) diary.through(day * 24 + 9, day * 24 + 17, 1, {});
    }
    diary.at(28 * 24 + 10, {.resource = "secrets"});
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(29 * 24 + 3, {.resource = "secrets"});
    ASSERT_THAT(diary.kinds(), ElementsAre("off-hours"));
    EXPECT_EQ(diary.told()[0].severity, Severity::Low);
}

TEST(NamedReasons, EachHasItsSwitch) {
    access::Config config = without_model();
    config.disable.emplace_back("anonymous-success");
    Diary diary(config);
    diary.at(2, {.user = R"({"username":"system:anonymous","groups":["system:unauthenticated"]})",
                 .verb = "list",
                 .resource = "secrets",
                 .name = ""});
    EXPECT_THAT(diary.told(), IsEmpty());
}

}  // namespace
