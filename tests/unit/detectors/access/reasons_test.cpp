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

// Turns the model off, so that only named reasons make findings.
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
    diary.at(100, plays("carol"));  // another user of the same group
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(101, plays("system:serviceaccount:bank:vault"));
    ASSERT_THAT(diary.kinds(), ElementsAre("impersonation-new"));
    EXPECT_THAT(diary.told()[0].summary,
                testing::StartsWith("root acted as service account bank/vault and read Pod shop/web."));
}

// Through a program in a Pod people look at what they may: low. The first thing that is more is told, once;
// and at once where it comes first, or where no Pod or no person is at it.
TEST(Impersonation, AProxyThatOnlyLooksIsLow) {
    const auto plays = [](const char* verb, const char* resource, const std::string& whom = person("bob")) {
        return Deed{.user = pod_token("access", "proxy", "uid-1"),
                    .verb = verb,
                    .resource = resource,
                    .impersonated = whom};
    };
    const auto severities = [](const std::vector<Deed>& deeds) {
        Diary diary(without_model());
        diary.at(1, {.user = person("bob")});
        double hour = 100;
        for (const Deed& deed : deeds) diary.at(hour += 48, deed);
        std::vector<Severity> out;
        for (const Finding& finding : diary.told()) out.push_back(finding.severity);
        return out;
    };
    const Deed looks = plays("list", "pods"), reads = plays("get", "secrets"),
               makes = plays("create", "widgets");
    Deed by_token = looks, by_person = looks;
    by_token.user = account("access", "proxy", ""), by_person.user = person("root", "admins");
    EXPECT_THAT(severities({looks, looks}), ElementsAre(Severity::Low));
    EXPECT_THAT(severities({looks, looks, reads, reads}), ElementsAre(Severity::Low, Severity::Medium));
    EXPECT_THAT(severities({looks, makes}), ElementsAre(Severity::Medium));
    EXPECT_THAT(severities({reads, looks, reads}), ElementsAre(Severity::Medium));
    EXPECT_THAT(severities({by_token}), ElementsAre(Severity::Medium));
    EXPECT_THAT(severities({by_person}), ElementsAre(Severity::Medium));
    EXPECT_THAT(severities({plays("list", "pods", account("bank", "vault", ""))}),
                ElementsAre(Severity::Medium));
    EXPECT_THAT(severities({plays("list", "pods", R"({"username":"root","groups":["system:masters"]})")}),
                ElementsAre(Severity::High));
}

// A controller (Flux, Argo CD) applies each tenant's objects as that tenant's account. The next tenant's
// account is expected; another account in the same namespace is not.
TEST(Impersonation, OneAccountInEachTenantsNamespaceIsOneRole) {
    Diary diary(without_model());
    const auto plays = [](const std::string& whom, const std::string& who = "sync") {
        return Deed{.user = account("gitops", who, "sync-1"),
                    .impersonated = R"({"username":"system:serviceaccount:)" + whom + R"("})"};
    };
    diary.at(1, plays("team-a:applier"));
    diary.at(100, plays("team-b:applier"));
    EXPECT_THAT(diary.kinds(), ElementsAre("impersonation-new")) << "one before is no family";
    diary.at(101, plays("team-c:applier"));
    EXPECT_THAT(diary.kinds(), ElementsAre("impersonation-new"));
    diary.at(102, plays("team-d:applier", "other"));
    EXPECT_THAT(diary.kinds(), ElementsAre("impersonation-new", "impersonation-new"))
        << "another impersonator";
    diary.at(103, plays("team-d:vault"));
    EXPECT_THAT(diary.kinds(), ElementsAre("impersonation-new", "impersonation-new", "impersonation-new"));
    EXPECT_THAT(diary.told().back().summary, HasSubstr("acted as service account team-d/vault"));
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
    EXPECT_THAT(many.told()[0].summary,
                testing::StartsWith(
                    "alice was refused 12 different requests in 10 min, the last one to read Pod ns11/web."));
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

// A refused request, and whether it is told in the end.
class Doors {
  public:
    explicit Doors(bool sensitive) : sensitive_(sensitive), diary_(without_model()) {
        diary_.through(1, 100, 5, {});  // learning is over
    }
    void refuse(audit::Duration after, int door) {
        const std::string n = std::to_string(door);
        diary_.at(std::chrono::hours{100} + after,
                  {.user = person("bob"),
                   .verb = sensitive_ ? "list" : "get",
                   .resource = sensitive_ ? "secrets" : "pods",
                   .ns = "team-" + std::string(1, static_cast<char>('a' + door % 26)) + "x",
                   .name = sensitive_ ? "" : "web",
                   .code = 403,
                   .decision = "forbid",
                   .uri = "/api/v1/doors/" + n + "?limit=500"});
    }
    std::vector<Finding> told() { return diary_.told(); }
    Diary& diary() { return diary_; }

  private:
    const bool sensitive_;
    Diary diary_;
};

// A person opens a dashboard for the first time: low. Everybody else, and whatever is more, is high.
TEST(RefusalBurst, AFirstDashboardLooksAround) {
    const auto told = [](const std::string& who, const char* ip, const char* agent, const Deed& last) {
        Diary diary;
        diary.through(8, 10 * 24, 7, {.user = person("alice")});
        diary.through(8, 10 * 24, 7, {.user = account("shop", "bot", "bot-0"), .ip = "10.1.0.9"});
        double at = 10 * 24;
        const auto refused = [&](Deed deed) {
            deed.user = who, deed.ip = ip, deed.agent = agent;
            deed.code = 403, deed.decision = "forbid";
            deed.uri = "/api/" + deed.resource + deed.subresource + deed.name;
            diary.at(at += 0.001, deed);
        };
        for (const char* resource : {"secrets", "roles", "nodes", "pods", "jobs", "services", "events",
                                     "namespaces", "configmaps", "deployments", "replicasets"})
            refused({.verb = "list", .resource = resource, .ns = "", .name = ""});
        refused(last);
        for (const Finding& finding : diary.told()) {
            if (finding.kind == "refusal-burst") return finding.severity;
        }
        return Severity::Info;
    };
    const std::string alice = person("alice");
    const char *home = "10.0.0.7", *usual = "kubectl/v1.32.0", *fresh = "Board/0.28 (linux/amd64)";
    const Deed list{.verb = "list", .resource = "rolebindings", .ns = "", .name = ""};
    EXPECT_EQ(told(alice, home, fresh, list), Severity::Low);
    EXPECT_EQ(told(alice, home, usual, list), Severity::High) << "with what is known";
    EXPECT_EQ(told(alice, "203.0.113.9", fresh, list), Severity::High) << "from elsewhere";
    EXPECT_EQ(told(account("shop", "bot", "bot-0"), "10.1.0.9", fresh, list), Severity::High) << "a program";
    EXPECT_EQ(told(person("mallory"), home, fresh, list), Severity::High) << "somebody new";
    Deed more{.verb = "get", .resource = "secrets", .name = "db"};
    EXPECT_EQ(told(alice, home, fresh, more), Severity::High) << "one Secret by its name";
    more = {.verb = "create", .resource = "pods", .subresource = "exec", .name = "web"};
    EXPECT_EQ(told(alice, home, fresh, more), Severity::High) << "a command";
    more = {.verb = "create", .resource = "pods", .name = "web"};
    EXPECT_EQ(told(alice, home, fresh, more), Severity::High) << "a write";
}

TEST(RefusalBurst, TenDoorsWithinTenMinutes) {
    using std::chrono::microseconds;
    using std::chrono::minutes;
    const struct {
        int doors;
        audit::Duration last;
        size_t told;
    } kCases[] = {
        {9, minutes{5}, 0},
        {10, minutes{5}, 1},
        {10, minutes{10} - microseconds{1}, 1},
        {10, minutes{10}, 0},
        {10, minutes{10} + microseconds{1}, 0},
        {11, minutes{10}, 1},  // the first is too old, the others suffice
    };
    for (const auto& [doors, last, told] : kCases) {
        Doors all(false);
        all.refuse({}, 0);
        for (int door = 1; door < doors; ++door)
            all.refuse(door + 1 == doors ? last : audit::Duration{minutes{1}}, door);
        ASSERT_EQ(all.told().size(), told) << doors << " " << audit::format_duration(last);
        if (told == 0) continue;
        EXPECT_EQ(all.told()[0].severity, Severity::Medium);
        EXPECT_THAT(all.told()[0].summary, HasSubstr("10 different requests in 10 min"));
    }
}

TEST(RefusalBurst, FourSensitiveDoorsWithinThreeDays) {
    using std::chrono::hours;
    using std::chrono::microseconds;
    const struct {
        int doors;
        audit::Duration last;
        size_t told;
    } kCases[] = {
        {3, hours{1}, 0},
        {4, hours{72}, 1},
        {4, hours{72} + microseconds{1}, 0},
        {5, hours{72} + microseconds{1}, 1},
    };
    for (const auto& [doors, last, told] : kCases) {
        Doors all(true);
        all.refuse({}, 0);
        for (int door = 1; door < doors; ++door)
            all.refuse(door + 1 == doors ? last : audit::Duration{hours{1}}, door);
        ASSERT_EQ(all.told().size(), told) << doors << " " << audit::format_duration(last);
        if (told == 0) continue;
        EXPECT_EQ(all.told()[0].severity, Severity::High);
        EXPECT_THAT(all.told()[0].summary, HasSubstr("4 different sensitive requests within 3 days"));
    }
}

// A repeated request is counted in a finding while the burst goes on, and opens none.
TEST(RefusalBurst, ARepeatedRequestCountsWhileItGoesOn) {
    using std::chrono::microseconds;
    using std::chrono::minutes;
    const struct {
        audit::Duration again;
        uint64_t count;
    } kCases[] = {{minutes{1} + minutes{10} - microseconds{1}, 2}, {minutes{1} + minutes{10}, 1}};
    for (const auto& [again, count] : kCases) {
        Doors all(true);  // four doors over days: they stay told
        for (int door = 0; door < 4; ++door) all.refuse(minutes{door == 3 ? 1 : 0}, door);
        ASSERT_EQ(all.told().size(), 1u);
        all.refuse(again, 2);
        ASSERT_EQ(all.told().size(), 1u);
        EXPECT_EQ(all.told()[0].count, count);
    }
}

// Sixty-four refusals of an account are kept: the oldest go first.
TEST(RefusalBurst, TheNewestRefusalsAreKept) {
    Doors all(false);
    for (int door = 0; door < 65; ++door) all.refuse(std::chrono::hours{door}, door);
    all.diary().save();
    const auto& rows = all.diary().rows().all().at("unusual_access.refusals");
    ASSERT_EQ(rows.size(), 1u);
    const std::string& row = rows.begin()->second;
    EXPECT_EQ(std::count(row.begin(), row.end(), '[') - 1, 64);
}

// What was refused while all was learnt is a mistake of the configuration.
TEST(RefusalBurst, SensitiveDoorsOfTheLearningCountForNothing) {
    Diary diary(without_model());
    const auto refuse = [&](double hour, int door) {
        diary.at(hour, {.user = person("bob"),
                        .verb = "list",
                        .resource = "secrets",
                        .ns = "team-" + std::string(1, static_cast<char>('a' + door)) + "x",
                        .name = "",
                        .code = 403,
                        .decision = "forbid",
                        .uri = "/api/v1/doors/" + std::to_string(door)});
    };
    diary.through(1, 60, 5, {});
    for (int door = 0; door < 3; ++door) refuse(60 + door, door);
    diary.through(72, 100, 5, {});
    refuse(100, 3);
    EXPECT_THAT(diary.told(), IsEmpty());
    for (int door = 4; door < 7; ++door) refuse(101 + door, door);
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

// `kubectl auth can-i --list --as X` for each account: one finding about who asks, and nothing about those
// who are asked for; what is then done as one of them is told.
TEST(PermissionEnumeration, QuestionsForOthersAreTheAskers) {
    const auto as = [](int i) {
        return R"({"username":"system:serviceaccount:shop:app-)" + std::to_string(i) + R"("})";
    };
    const auto ask = [&](int i) {
        return Deed{.user = person("root", "admins"),
                    .verb = "create",
                    .resource = i % 2 == 0 ? "selfsubjectaccessreviews" : "selfsubjectrulesreviews",
                    .group = "authorization.k8s.io",
                    .ns = "",
                    .name = "",
                    .impersonated = as(i),
                    .code = 201};
    };
    Diary diary(Diary::short_learning());
    diary.through(1, 100, 5, {.user = person("root", "admins")});
    for (int i = 0; i < 14; ++i) diary.at(100 + i / 600.0, ask(i));
    EXPECT_THAT(diary.kinds(), IsEmpty());
    for (int i = 14; i < 20; ++i) diary.at(100 + i / 600.0, ask(i));
    ASSERT_THAT(diary.kinds(), ElementsAre("permission-enumeration"));
    EXPECT_THAT(diary.told()[0].summary, testing::StartsWith("root asked about rights of others "));

    diary.at(100.1, {.user = person("root", "admins"),
                     .verb = "list",
                     .resource = "secrets",
                     .name = "",
                     .impersonated = as(3)});
    EXPECT_THAT(diary.kinds(), Contains("impersonation-new"));
}

TEST(CredentialChange, AnAccountOfPodsComesWithoutOne) {
    Diary diary(without_model());
    diary.through(1, 100, 1, {.user = account("shop", "api", "api-0")});
    diary.at(100, {.user = account("shop", "api", "api-1", "j-2")});  // the next pod
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(101, {.user = account("shop", "api", "", "j-3")});
    ASSERT_THAT(diary.kinds(), ElementsAre("credential-changed"));
    EXPECT_THAT(
        diary.told()[0].summary,
        HasSubstr("came with a token bound to no pod and read Pod shop/web. Never had one of that kind in "));
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
    EXPECT_THAT(
        elsewhere.told()[0].summary,
        HasSubstr(
            "was used by curl at 198.51.100.7, which read Pod shop/web. It was given to root at 10.0.0.*."));
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

Deed through(const std::string& proxy, const std::string& person_json, Deed deed) {
    deed.user = person(proxy, "proxies");
    deed.impersonated = person_json;
    return deed;
}

// Habits belong to the user whom the request acts as; the finding names the proxy as well.
TEST(Proxy, ThePersonBehindItHasTheHabits) {
    const Deed exec{.verb = "create",
                    .resource = "pods",
                    .subresource = "exec",
                    .ns = "kube-system",
                    .name = "etcd",
                    .code = 101};
    const auto live = [&](bool by_proxy) {
        Diary diary;
        for (double hour = 1; hour < 400; hour += 2) {
            for (const std::string& who : {person("ivan", "sre"), person("gina"), person("bob")}) {
                Deed deed{.user = who};
                diary.at(hour, by_proxy ? through("teleport", who, deed) : deed);
            }
            Deed deed = exec;
            deed.user = person("ivan", "sre");
            diary.at(hour + 0.1, by_proxy ? through("teleport", person("ivan", "sre"), deed) : deed);
        }
        EXPECT_THAT(diary.told(), Not(Contains(testing::Field(&Finding::kind, "unusual-access"))));
        Deed deed = exec;
        deed.user = person("gina");
        diary.at(400, by_proxy ? through("teleport", person("gina"), deed) : deed);
        return diary.told().empty() ? Finding{} : diary.told().back();
    };
    EXPECT_EQ(live(false).kind, "unusual-access");
    const Finding told = live(true);
    EXPECT_EQ(told.kind, "unusual-access");
    EXPECT_THAT(told.summary, testing::StartsWith("gina, through teleport, ran a command in Pod "));
    EXPECT_EQ(told.who().impersonated, "gina");
}

TEST(Proxy, WhoPlaysAMachineStaysHimself) {
    Diary diary(without_model());
    diary.through(1, 100, 5, {.user = person("mallory")});
    for (int i = 0; i < 30; ++i) {  // he has impersonated many users
        diary.at(100 + i, {.user = person("mallory"),
                           .impersonated = person("p" + std::to_string(i), "g" + std::to_string(i))});
    }
    diary.at(140, {.user = person("mallory"),
                   .verb = "list",
                   .resource = "secrets",
                   .impersonated = R"({"username":"system:kube-controller-manager"})"});
    const Finding told = diary.told().back();
    EXPECT_EQ(told.kind, "impersonation-new") << "a proxy may play people, not the control plane";
    EXPECT_EQ(told.severity, Severity::High);
    EXPECT_THAT(told.summary, HasSubstr("mallory acted as kube-controller-manager and read Secret "
                                        "shop/web. Never did so before."));
}

TEST(Impersonation, AQuestionAboutRightsPlaysNobody) {
    Diary diary(without_model());
    diary.through(1, 100, 5, {.user = person("root")});
    diary.at(101, {.user = person("root"),
                   .verb = "create",
                   .resource = "selfsubjectaccessreviews",
                   .group = "authorization.k8s.io",
                   .ns = "",
                   .name = "",
                   .impersonated = person("bob", "system:masters"),
                   .code = 201});
    diary.at(101.1, {.user = person("root"),
                     .verb = "create",
                     .resource = "selfsubjectreviews",
                     .group = "authentication.k8s.io",
                     .ns = "",
                     .name = "",
                     .impersonated = person("bob", "system:masters"),
                     .code = 201});
    EXPECT_THAT(diary.told(), IsEmpty());
    diary.at(102, {.user = person("root"), .impersonated = person("bob", "system:masters")});
    ASSERT_THAT(diary.kinds(), ElementsAre("impersonation-new"));
    EXPECT_THAT(diary.told()[0].summary, HasSubstr("acted as bob of group system:masters and "));
    EXPECT_THAT(diary.told()[0].summary, HasSubstr("Never acted as anybody of group system:masters before."));
}

// A dry run has no effect, except for what the API server does all the same.
TEST(DryRun, IsNoDeed) {
    const struct {
        Deed deed;
        bool told;
    } cases[] = {
        {{.verb = "delete",
          .resource = "namespaces",
          .name = "shop",
          .uri = "/api/v1/namespaces/shop?dryRun=All"},
         false},
        {{.verb = "delete", .resource = "namespaces", .name = "shop", .uri = "/api/v1/namespaces/shop"},
         true},
        {{.verb = "create",
          .resource = "clusterrolebindings",
          .group = "rbac.authorization.k8s.io",
          .ns = "",
          .name = "x",
          .uri = "/apis/x?fieldManager=k&dryRun=All"},
         false},
        // These dry runs do have an effect: they issue a token, return a Secret, run a command, or read.
        {{.verb = "create", .resource = "serviceaccounts", .subresource = "token", .uri = "/x?dryRun=All"},
         true},
        {{.verb = "patch", .resource = "secrets", .uri = "/x?dryRun=All"}, true},
        {{.verb = "create", .resource = "pods", .subresource = "exec", .code = 101, .uri = "/x?dryRun=All"},
         true},
        {{.verb = "list", .resource = "secrets", .uri = "/x?dryRun=All"}, true},
    };
    for (const auto& c : cases) {
        Diary diary;
        for (const char* name : {"alice", "bob", "carol"}) diary.through(1, 400, 1, {.user = person(name)});
        diary.at(401, c.deed);
        EXPECT_EQ(!diary.told().empty(), c.told) << c.deed.verb << c.deed.resource << c.deed.uri;
    }
}

TEST(Attempts, AreWordedAndScoredAsSuch) {
    const struct {
        int code;
        const char *decision, *message, *words;
    } cases[] = {{200, "allow", "", "alice deleted Namespace shop."},
                 {403, "forbid", "", "alice tried to delete Namespace shop and was refused (403)."},
                 {403, "allow", "admission webhook guard denied it",
                  "alice tried to delete Namespace shop and was refused by admission (403)."},
                 {404, "allow", "", "alice tried to delete Namespace shop, which failed (404)."}};
    for (const auto& c : cases) {
        Diary diary;
        for (const char* name : {"alice", "bob", "carol"}) diary.through(1, 900, 1, {.user = person(name)});
        diary.at(901, {.verb = "delete",
                       .resource = "namespaces",
                       .name = "shop",
                       .code = c.code,
                       .decision = c.decision,
                       .message = c.message});
        ASSERT_THAT(diary.kinds(), ElementsAre("unusual-access")) << c.code;
        EXPECT_THAT(diary.told()[0].summary, HasSubstr(c.words));
        EXPECT_LE(diary.told()[0].severity, c.code == 200 ? Severity::High : Severity::Medium);
    }
}

Deed unknown(const std::string& ip, int path = 0) {
    return {.user = "{}",
            .verb = "list",
            .agent = "ingress/v1.11",
            .ip = ip,
            .code = 401,
            .decision = "",
            .uri = "/api/v1/" + std::to_string(path)};
}

TEST(UnknownCredential, AnExpiredOneOfAKnownClient) {
    Diary diary(without_model());
    diary.through(
        1, 100, 1,
        {.user = account("web", "ingress", "p", "j-1"), .agent = "ingress/v1.11", .ip = "10.1.0.91"});
    for (int i = 0; i < 5; ++i) diary.at(101 + i / 100.0, unknown("10.1.0.91", i));
    EXPECT_THAT(diary.told(), IsEmpty()) << "a few are nothing";
    for (int i = 0; i < 300; ++i) diary.at(101.1 + i / 100.0, unknown("10.1.0.91", i % 8));
    ASSERT_THAT(diary.kinds(), ElementsAre("credential-refused"));
    EXPECT_EQ(diary.told()[0].severity, Severity::Low);
    EXPECT_THAT(diary.told()[0].summary, HasSubstr("it was service account web/ingress, whose "
                                                   "credential has probably expired."));
    // The account gets a new credential.
    diary.at(105,
             {.user = account("web", "ingress", "p", "j-2"), .agent = "ingress/v1.11", .ip = "10.1.0.91"});
    EXPECT_THAT(diary.kinds(), ElementsAre("credential-refused"));
}

TEST(UnknownCredential, StrangersAreOneFinding) {
    Diary diary(without_model());
    diary.through(1, 100, 5, {});
    for (int net = 0; net < 40; ++net) {
        for (int i = 0; i < 8; ++i)
            diary.at(101 + net / 10.0, unknown("203.0.113." + std::to_string(net), i));
    }
    EXPECT_THAT(diary.kinds(), ElementsAre("credential-refused"));
}

// A Pod tries a credential on many paths. A program whose credential has expired asks what it always asked.
TEST(UnknownCredential, APodThatTriesManyPathsIsOneMedium) {
    const struct {
        const char *what, *ip, *agent, *verb;
        int paths;
        Severity worst;
    } kCases[] = {
        {"curl in a Pod that nobody saw", "10.1.0.33", "curl/8.5.0", "get", 10, Severity::Medium},
        {"curl in a Pod that nobody saw: lists", "10.1.0.33", "curl/8.5.0", "list", 10, Severity::Medium},
        {"curl beside the program", "10.1.0.91", "curl/8.5.0", "get", 12, Severity::Medium},
        {"its own few paths", "10.1.0.33", "curl/8.5.0", "get", 9, Severity::Low},
        {"the program with an expired token", "10.1.0.91", "ingress/v1.11", "list", 30, Severity::Low},
        {"a new Pod of it with an expired token", "10.1.0.92", "ingress/v1.11", "list", 30, Severity::Low},
        {"under its name in another Pod", "10.1.0.92", "ingress/v1.11", "get", 30, Severity::Medium},
        {"where no Pods are", "10.77.0.5", "curl/8.5.0", "get", 30, Severity::Low},
        {"a scanner of the internet", "203.0.113.9", "curl/8.5.0", "get", 30, Severity::Low},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.what);
        Diary diary(without_model());
        diary.through(
            1, 100, 1,
            {.user = account("web", "ingress", "p", "j-1"), .agent = "ingress/v1.11", .ip = "10.1.0.91"});
        for (int i = 0; i < 60; ++i) {
            if (i == 30) diary.restart();
            Deed deed = unknown(one.ip, i % one.paths);
            deed.agent = one.agent, deed.verb = one.verb;
            diary.at(101 + i / 1000.0, deed);
        }
        Severity worst = Severity::Info;
        size_t mediums = 0;
        for (const Finding& finding : diary.told()) {
            worst = std::max(worst, finding.severity);
            mediums += finding.severity >= Severity::Medium ? 1 : 0;
        }
        EXPECT_EQ(worst, one.worst);
        EXPECT_LE(mediums, 1u);
    }
}

TEST(UnknownCredential, TriesOfAStrangerThatSucceed) {
    const auto life = [](int tries, const std::string& ip, const std::string& agent) {
        Diary diary(without_model());
        diary.through(1, 100, 1, {});  // alice, kubectl, 10.0.0.7
        for (int i = 0; i < tries; ++i) diary.at(101 + i / 1000.0, unknown(ip, i));
        diary.at(101.2, {.verb = "list", .resource = "secrets", .agent = agent, .ip = ip});
        return diary.kinds();
    };
    EXPECT_THAT(life(8, "198.51.100.7", "curl/8"), Contains("credential-found"));
    EXPECT_THAT(life(30, "198.51.100.7", "kubectl/v1.32.0"), Contains("credential-found"));
    EXPECT_THAT(life(8, "198.51.100.7", "kubectl/v1.32.0"), Not(Contains("credential-found")))
        << "logged in anew";
    EXPECT_THAT(life(30, "10.0.0.7", "curl/8"), Not(Contains("credential-found"))) << "from home";
    EXPECT_THAT(life(3, "198.51.100.7", "curl/8"), Not(Contains("credential-found")));

    Diary diary(without_model());
    diary.through(1, 100, 1, {});
    const std::string ip = "198.51.100.7";
    for (int i = 0; i < 3; ++i) diary.at(101 + i / 1000.0, unknown(ip, i));
    diary.at(101.1, {.user = person("bob"), .agent = "curl/8", .ip = ip});
    for (int i = 3; i < 11; ++i) diary.at(101.1 + i / 1000.0, unknown(ip, i));
    diary.at(101.2, {.verb = "list", .resource = "secrets", .agent = "curl/8", .ip = ip});
    EXPECT_THAT(diary.kinds(), Contains("credential-found"))
        << "who came in there since they began counts for nothing";
}

// Who has long had all rights, and is where they always are, has lost them and notices it.
TEST(RefusalBurst, WhoHadAllRightsTriesWhatTheyCouldDo) {
    const auto told = [](const std::string& role, const char* ip) {
        Diary diary;
        const std::string grant =
            "RBAC: allowed by ClusterRoleBinding \"ops\" of ClusterRole \"" + role + "\" to Group \"ops\"";
        diary.through(8, 10 * 24, 7, {.user = person("alice"), .reason = grant});
        double at = 10 * 24;
        for (const char* resource : {"secrets", "clusterroles", "nodes", "daemonsets", "roles"}) {
            diary.at(at += 0.001, {.user = person("alice"),
                                   .verb = "delete",
                                   .resource = resource,
                                   .ip = ip,
                                   .code = 403,
                                   .decision = "forbid",
                                   .uri = std::string("/api/") + resource});
            Deed other{.user = person("alice"), .verb = "list", .resource = resource, .ns = "", .name = ""};
            other.group = resource == std::string("secrets") || resource == std::string("nodes")
                              ? ""
                              : "rbac.authorization.k8s.io";
            other.ip = ip, other.code = 403, other.decision = "forbid",
            other.uri = std::string("/a/") + resource;
            diary.at(at += 0.001, other);
        }
        Severity worst = Severity::Info;
        for (const Finding& finding : diary.told()) worst = std::max(worst, finding.severity);
        return worst;
    };
    EXPECT_EQ(told("cluster-admin", "10.0.0.7"), Severity::Low);
    EXPECT_GE(told("cluster-admin", "203.0.113.9"), Severity::High) << "from elsewhere";
    EXPECT_GE(told("edit", "10.0.0.7"), Severity::High) << "who never had them";
}

}  // namespace
