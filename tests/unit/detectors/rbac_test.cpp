// Compares the RBAC mirror with Kubernetes' documented semantics.
#include <gmock/gmock.h>

#include <fstream>
#include <random>

#include "detectors/rbac/identity.h"
#include "detectors/rbac/mirror.h"
#include "detectors/rbac/reach.h"
#include "detectors/rbac/seed.h"
#include "detectors/rbac/write.h"
#include "tests/support/events.h"
#include "tests/support/memory_state.h"
#include "tests/support/temp_dir.h"

namespace redshank::rbac {
namespace {

using ::testing::HasSubstr;

Object object(const std::string& json) {
    auto read = read_object(json);
    EXPECT_TRUE(read) << json;
    return *read;
}

struct RuleCase {
    const char* why;
    PolicyRule rule;
    Question question;
    bool allowed;
};

TEST(RuleAllows, AsInEvaluationHelpers) {
    const Question get_secret{.verb = "get", .resource = "secrets", .namespace_ = "shop", .name = "db"};
    const Question list_secrets{.verb = "list", .resource = "secrets", .namespace_ = "shop"};
    const Question pod_log{.verb = "get", .resource = "pods", .subresource = "log", .name = "web"};
    const Question scale{.verb = "update",
                         .api_group = "apps",
                         .resource = "deployments",
                         .subresource = "scale",
                         .name = "web"};
    const Question healthz{.verb = "get", .is_resource = false, .path = "/healthz/etcd"};
    const std::vector<RuleCase> cases{
        {"exact", {{"get"}, {""}, {"secrets"}, {}, {}}, get_secret, true},
        {"another verb", {{"list"}, {""}, {"secrets"}, {}, {}}, get_secret, false},
        {"every verb", {{"*"}, {""}, {"secrets"}, {}, {}}, get_secret, true},
        {"a group of its own with resource secrets",
         {{"get"}, {"vault.io"}, {"secrets"}, {}, {}},
         get_secret,
         false},
        {"every group", {{"get"}, {"*"}, {"secrets"}, {}, {}}, get_secret, true},
        {"every resource", {{"get"}, {""}, {"*"}, {}, {}}, get_secret, true},
        {"no groups at all", {{"get"}, {}, {"secrets"}, {}, {}}, get_secret, false},
        {"the name", {{"get"}, {""}, {"secrets"}, {"db"}, {}}, get_secret, true},
        {"another name", {{"get"}, {""}, {"secrets"}, {"web"}, {}}, get_secret, false},
        {"a list names nothing", {{"list"}, {""}, {"secrets"}, {"db"}, {}}, list_secrets, false},
        {"a list by field selector names one",
         {{"list"}, {""}, {"secrets"}, {"db"}, {}},
         {.verb = "list", .resource = "secrets", .name = "db"},
         true},
        {"pods are not pods/log", {{"get"}, {""}, {"pods"}, {}, {}}, pod_log, false},
        {"pods/log", {{"get"}, {""}, {"pods/log"}, {}, {}}, pod_log, true},
        {"pods/* is no pattern", {{"get"}, {""}, {"pods/*"}, {}, {}}, pod_log, false},
        {"* includes subresources", {{"get"}, {""}, {"*"}, {}, {}}, pod_log, true},
        {"*/scale", {{"update"}, {"apps"}, {"*/scale"}, {}, {}}, scale, true},
        {"*/scale is not the object",
         {{"update"}, {"apps"}, {"*/scale"}, {}, {}},
         {.verb = "update", .api_group = "apps", .resource = "deployments"},
         false},
        {"*/scale is not */status", {{"update"}, {"apps"}, {"*/status"}, {}, {}}, scale, false},
        {"a path", {{"get"}, {}, {}, {}, {"/healthz/etcd"}}, healthz, true},
        {"a path below", {{"get"}, {}, {}, {}, {"/healthz/*"}}, healthz, true},
        {"another path", {{"get"}, {}, {}, {}, {"/healthz"}}, healthz, false},
        {"every path", {{"get"}, {}, {}, {}, {"*"}}, healthz, true},
        {"resources are no paths", {{"*"}, {"*"}, {"*"}, {}, {}}, healthz, false},
        {"paths are no resources", {{"*"}, {}, {}, {}, {"*"}}, get_secret, false},
    };
    for (const RuleCase& c : cases) EXPECT_EQ(rule_allows(c.rule, c.question), c.allowed) << c.why;
}

TEST(SubjectApplies, ToUsersGroupsAndServiceAccounts) {
    audit::User web;
    web.username = "system:serviceaccount:shop:web";
    web.groups = {"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"};
    EXPECT_TRUE(subject_applies({"ServiceAccount", "shop", "web"}, "", web));
    EXPECT_TRUE(subject_applies({"ServiceAccount", "", "web"}, "shop", web));
    EXPECT_FALSE(subject_applies({"ServiceAccount", "", "web"}, "bank", web));
    EXPECT_FALSE(subject_applies({"ServiceAccount", "", "web"}, "", web)) << "a ClusterRoleBinding has none";
    EXPECT_FALSE(subject_applies({"ServiceAccount", "shop", "api"}, "shop", web));
    EXPECT_TRUE(subject_applies({"User", "", "system:serviceaccount:shop:web"}, "", web));
    EXPECT_TRUE(subject_applies({"Group", "", "system:serviceaccounts:shop"}, "", web));
    EXPECT_FALSE(subject_applies({"Group", "", "web"}, "", web));
    EXPECT_FALSE(subject_applies({"User", "", "web"}, "", web));
}

TEST(LabelSelector, AsInApimachinery) {
    const Labels labels{{"tier", "ops"}, {"team", "a"}};
    EXPECT_TRUE((LabelSelector{{}, {}}.matches(labels)));
    EXPECT_TRUE((LabelSelector{{{"tier", "ops"}}, {}}.matches(labels)));
    EXPECT_FALSE((LabelSelector{{{"tier", "dev"}}, {}}.matches(labels)));
    EXPECT_TRUE((LabelSelector{{}, {{"team", "In", {"a", "b"}}}}.matches(labels)));
    EXPECT_FALSE((LabelSelector{{}, {{"team", "NotIn", {"a"}}}}.matches(labels)));
    EXPECT_TRUE((LabelSelector{{}, {{"gone", "NotIn", {"a"}}}}.matches(labels)));
    EXPECT_TRUE((LabelSelector{{}, {{"tier", "Exists", {}}, {"gone", "DoesNotExist", {}}}}.matches(labels)));
}

constexpr auto kComponent = R"({"kind":"ClusterRole","metadata":{"name":"ops","labels":{"agg":"yes"}},)"
                            R"("rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}]})";
constexpr auto kComponentUnlabelled =
    R"({"kind":"ClusterRole","metadata":{"name":"ops"},)"
    R"("rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}]})";
constexpr auto kAggregated = R"({"kind":"ClusterRole","metadata":{"name":"all"},"rules":null,)"
                             R"("aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"agg":"yes"}}]}})";
constexpr auto kAggregatedFilled =
    R"({"kind":"ClusterRole","metadata":{"name":"all"},)"
    R"("rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"]}],)"
    R"("aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"agg":"yes"}}]}})";
constexpr auto kBinding =
    R"({"kind":"ClusterRoleBinding","metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"all"},)"
    R"("subjects":[{"kind":"User","name":"alice"}]})";

class MirrorTest : public ::testing::Test {
  protected:
    bool alice_may() const {
        audit::User alice;
        alice.username = "alice";
        return mirror_.allows(alice, {.verb = "get", .resource = "secrets", .namespace_ = "shop"});
    }
    static constexpr audit::Time kNow = audit::Time{std::chrono::seconds{1000}};
    Mirror mirror_;
};

TEST_F(MirrorTest, AnAggregatedRoleChangesWithTheLabelAndNotWithTheController) {
    mirror_.put(object(kAggregated), kNow);
    mirror_.put(object(kBinding), kNow);
    EXPECT_FALSE(alice_may());
    EXPECT_EQ(mirror_.put(object(kComponent), kNow), Mirror::Keys{"/b"});
    EXPECT_TRUE(alice_may());
    mirror_.put(object(kAggregatedFilled), kNow);
    mirror_.settle(kNow + Mirror::kSettling);
    EXPECT_TRUE(alice_may());
    mirror_.put(object(kComponentUnlabelled), kNow);
    EXPECT_FALSE(alice_may()) << "before the controller has said so";
    mirror_.put(object(kAggregated), kNow);
    EXPECT_FALSE(alice_may());
}

TEST_F(MirrorTest, TheControllersLineMayComeBeforeTheEdit) {
    mirror_.put(object(kAggregated), kNow);
    mirror_.put(object(kBinding), kNow);
    mirror_.put(object(kAggregatedFilled), kNow);
    EXPECT_FALSE(alice_may()) << "an edit that explains it may follow";
    EXPECT_EQ(mirror_.put(object(kComponent), kNow), Mirror::Keys{"/b"});
    EXPECT_TRUE(alice_may());
}

TEST_F(MirrorTest, WhatNothingExplainsIsTheControllersWordAfterAWhile) {
    mirror_.put(object(kBinding), kNow);
    mirror_.put(object(kAggregatedFilled), kNow);
    EXPECT_FALSE(alice_may());
    EXPECT_EQ(mirror_.settle(kNow + Mirror::kSettling), Mirror::Keys{"/b"});
    EXPECT_TRUE(alice_may());
    EXPECT_EQ(mirror_.put(object(kAggregated), kNow), Mirror::Keys{"/b"});
    EXPECT_FALSE(alice_may());
}

Role aggregating(const std::string& name, std::vector<PolicyRule> rules = {}) {
    return {.name = name,
            .labels = {{"agg", "yes"}},
            .rules = std::move(rules),
            .is_aggregated = true,
            .selectors = {{{{"agg", "yes"}}, {}}}};
}

TEST_F(MirrorTest, RolesThatSelectEachOtherAreWalkedOnce) {
    for (const size_t n : {2u, 10u, 20u}) {
        Mirror mirror;
        for (size_t i = 0; i < n; ++i) mirror.put(aggregating("r" + std::to_string(i)), kNow);
        mirror.put(object(kComponent), kNow);
        Binding binding{
            .name = "b", .role_kind = "ClusterRole", .role_name = "r0", .subjects = {{"User", "", "alice"}}};
        mirror.put(binding, kNow);
        const uint64_t before = mirror.steps();
        ASSERT_NE(mirror.rules_of(binding), nullptr);
        EXPECT_EQ(mirror.rules_of(binding)->size(), 1u);
        EXPECT_EQ(mirror.steps() - before, n * n) << "each selects the others and the component";
    }
}

TEST_F(MirrorTest, ARoleAggregatesThroughOthersHoweverDeep) {
    constexpr int kDeep = 30;
    for (int i = 0; i < kDeep; ++i) {
        Role role{.name = "r" + std::to_string(i), .is_aggregated = true};
        if (i > 0) role.labels = {{"level", std::to_string(i)}};
        role.selectors = {{{{"level", std::to_string(i + 1)}}, {}}};
        mirror_.put(role, kNow);
    }
    mirror_.put(
        Binding{
            .name = "b", .role_kind = "ClusterRole", .role_name = "r0", .subjects = {{"User", "", "alice"}}},
        kNow);
    EXPECT_FALSE(alice_may());
    Role last{.name = "last", .labels = {{"level", std::to_string(kDeep)}}};
    last.rules = {{{"get"}, {""}, {"secrets"}, {}, {}}};
    EXPECT_EQ(mirror_.put(last, kNow), Mirror::Keys{"/b"});
    EXPECT_TRUE(alice_may());
    EXPECT_EQ(mirror_.erase_role("", "r7"), Mirror::Keys{"/b"});
    EXPECT_FALSE(alice_may());
}

TEST_F(MirrorTest, BeyondTheMostAggregatedRolesTheControllersWordIsTaken) {
    for (size_t i = 0; i < Mirror::kMaxAggregated; ++i)
        mirror_.put(aggregating("r" + std::to_string(i)), kNow);
    const uint64_t refused = mirror_.refused();
    mirror_.put(object(kAggregatedFilled), kNow);
    EXPECT_EQ(mirror_.refused(), refused + 1);
    mirror_.put(object(kBinding), kNow);
    EXPECT_TRUE(alice_may());
}

TEST_F(MirrorTest, WhatRolesSelectOfEachOtherIsBounded) {
    Mirror mirror;
    const auto walked = [&](const char* role) {
        Binding binding{.name = "b", .role_kind = "ClusterRole", .role_name = role, .subjects = {}};
        mirror.put(binding, kNow);
        mirror.put(Role{.name = "none"}, kNow);  // forgets what was derived
        const uint64_t before = mirror.steps();
        EXPECT_NE(mirror.rules_of(binding), nullptr);
        return mirror.steps() - before;
    };
    for (size_t i = 0; i < 150; ++i) mirror.put(aggregating("r" + std::to_string(i)), kNow);
    EXPECT_LE(walked("r0"), Mirror::kMaxNested);
    EXPECT_GT(walked("r0"), Mirror::kMaxNested / 2);
    EXPECT_GT(mirror.refused(), 0u);
    // What is gone makes room: nothing is counted that is not there.
    for (size_t i = 0; i < 150; ++i) mirror.erase_role("", "r" + std::to_string(i));
    const uint64_t refused = mirror.refused();
    for (size_t i = 0; i < 20; ++i) mirror.put(aggregating("r" + std::to_string(i)), kNow);
    for (int times = 0; times < 3; ++times) mirror.put(aggregating("r7"), kNow);
    EXPECT_EQ(mirror.refused(), refused);
    EXPECT_EQ(walked("r0"), 20u * 19);
    // A plain role becomes an aggregated one, and a plain one again.
    Role plain = aggregating("r7");
    plain.is_aggregated = false;
    plain.selectors.clear();
    for (int times = 0; times < 3; ++times) {
        mirror.put(plain, kNow);
        EXPECT_EQ(walked("r0"), 19u * 19);
        mirror.put(aggregating("r7"), kNow);
        EXPECT_EQ(walked("r0"), 20u * 19);
    }
    EXPECT_EQ(mirror.refused(), refused);
    // One role that selects very many others.
    for (size_t i = 0; i < Mirror::kMaxSelections; ++i)
        mirror.put(Role{.name = "p" + std::to_string(i), .labels = {{"many", "yes"}}}, kNow);
    mirror.put(Role{.name = "many", .is_aggregated = true, .selectors = {{{{"many", "yes"}}, {}}}}, kNow);
    EXPECT_EQ(walked("many"), Mirror::kMaxSelections - 20 * 19);
    EXPECT_GT(mirror.refused(), refused);
}

// After any sequence of writes, the mirror equals one that is built from the final state; saving and loading
// in between changes nothing.
TEST(MirrorProperty, LiveEqualsTheFinalState) {
    const auto role = [](int n, const std::string& namespace_, int rules) {
        Role made{.namespace_ = namespace_, .name = "r" + std::to_string(n)};
        if (rules % 2) made.labels["agg"] = "yes";
        if (rules & 2) made.rules.push_back({{"get"}, {""}, {"secrets"}, {}, {}});
        if (rules & 4) made.rules.push_back({{"list"}, {""}, {"*"}, {"db"}, {}});
        if (n == 0 && namespace_.empty()) {
            made.is_aggregated = true;
            made.labels.clear();
            made.rules.clear();
            made.selectors = {{{{"agg", "yes"}}, {}}};
        }
        return made;
    };
    for (unsigned seed = 0; seed < 30; ++seed) {
        std::mt19937 random(seed);
        const auto pick = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
        auto live = std::make_unique<Mirror>();
        test::MemoryState state;
        std::map<std::string, Object> truth;
        for (int step = 0; step < 200; ++step) {
            const std::string namespace_ =
                std::vector<std::string>{"", "a", "b"}[static_cast<size_t>(pick(3))];
            const int n = pick(4), what = pick(10);
            const std::string name = std::to_string(n);
            if (what < 4) {
                const Role made = role(n, namespace_, pick(8));
                live->put(made, {});
                truth.insert_or_assign("r" + namespace_ + "/" + name, made);
            } else if (what < 8) {
                Binding made{.namespace_ = namespace_, .name = "b" + name};
                made.role_kind = namespace_.empty() || pick(2) ? "ClusterRole" : "Role";
                made.role_name = "r" + std::to_string(pick(4));
                made.subjects = {{"User", "", "u" + std::to_string(pick(3))}};
                live->put(made, {});
                truth.insert_or_assign("b" + namespace_ + "/" + name, made);
            } else if (what == 8) {
                live->erase_role(namespace_, "r" + name);
                live->erase_binding(namespace_, "b" + name);
                truth.erase("r" + namespace_ + "/" + name);
                truth.erase("b" + namespace_ + "/" + name);
            } else {
                live->erase_all("b", true, true);
                std::erase_if(truth,
                              [](const auto& entry) { return entry.first.substr(1).starts_with("b/"); });
            }
            if (step % 50 == 49) {
                live->save(state, "c\x1f");
                live = std::make_unique<Mirror>();
                live->load(state, "c\x1f");
            }
        }
        Mirror built;
        for (const auto& [key, made] : truth) built.put(made, {});
        live->settle(audit::Time::max());
        built.settle(audit::Time::max());
        for (const char* who : {"u0", "u1", "u2"}) {
            audit::User user;
            user.username = who;
            for (const char* verb : {"get", "list"}) {
                for (const char* namespace_ : {"a", "b", "c"}) {
                    for (const char* name : {"", "db"}) {
                        const Question question{
                            .verb = verb, .resource = "secrets", .namespace_ = namespace_, .name = name};
                        EXPECT_EQ(live->allows(user, question), built.allows(user, question))
                            << seed << " " << who << " " << verb << " " << namespace_ << " " << name;
                    }
                }
            }
        }
    }
}

TEST(RbacWrite, TakesOnlyWhatHappened) {
    const auto write = [](const test::EventSpec& spec) {
        const test::ParsedEvent event = spec.parsed();
        Symbols symbols;
        return read_write(symbols.understand(*event));
    };
    test::EventSpec spec{
        .verb = "patch",
        .uri = "/apis/rbac.authorization.k8s.io/v1/clusterroles/ops",
        .object = R"({"resource":"clusterroles","name":"ops","apiGroup":"rbac.authorization.k8s.io"})",
        .request_object = R"({"metadata":{"labels":{"agg":"yes"}}})",
        .response_object = kComponent};
    ASSERT_TRUE(write(spec));
    EXPECT_TRUE(write(spec)->object) << "from the answer: a patch shows only the change";
    auto dry = spec;
    dry.uri += "?dryRun=All";
    EXPECT_FALSE(write(dry));
    auto failed = spec;
    failed.status = R"({"metadata":{},"status":"Failure","code":409})";
    EXPECT_FALSE(write(failed));
    auto metadata = spec;
    metadata.request_object = metadata.response_object = "";
    ASSERT_TRUE(write(metadata));
    EXPECT_FALSE(write(metadata)->object);
    auto held = spec;
    held.verb = "delete";
    EXPECT_FALSE(write(held)) << "finalizers hold it: the answer is no Status";
    held.status = R"({"metadata":{},"status":"Success","code":200})";
    EXPECT_TRUE(write(held)->removed);
}

constexpr const char* kRbac = R"(,"apiGroup":"rbac.authorization.k8s.io"})";

// A request on `object`, a JSON object without its end.
std::optional<Write> write_of(test::EventSpec spec, const std::string& object,
                              const char* group_and_end = kRbac) {
    spec.object = object + group_and_end;
    const test::ParsedEvent event = spec.parsed();
    Symbols symbols;
    return read_write(symbols.understand(*event));
}

// Each verb, and what the mirror learns by it.
TEST(RbacWrite, WhatEachVerbDoes) {
    const std::string named = R"({"resource":"rolebindings","namespace":"shop","name":"b")";
    const std::string all = R"({"resource":"rolebindings","namespace":"shop")";
    const test::EventSpec removal{.verb = "delete",
                                  .status = R"({"metadata":{},"status":"Success","code":200})"};
    for (const char* verb : {"get", "list", "watch"}) EXPECT_FALSE(write_of({.verb = verb}, named)) << verb;
    for (const char* verb : {"create", "update", "patch"}) {
        const auto write = write_of({.verb = verb}, named);
        ASSERT_TRUE(write) << verb;
        EXPECT_TRUE(write->bindings && !write->roles && !write->removed && !write->created) << verb;
        EXPECT_EQ(write->names, std::vector<std::string>{"b"});
        EXPECT_EQ(write->namespace_, "shop");
        EXPECT_FALSE(write_of({.verb = verb}, all)) << verb << ": nobody knows which";
    }
    EXPECT_TRUE(write_of({.verb = "patch", .status = R"({"code":201})"}, named)->created);
    EXPECT_TRUE(write_of(removal, named)->removed);
    EXPECT_FALSE(write_of(removal, all)) << "nobody knows which";
    EXPECT_FALSE(write_of({.verb = "patch"}, named + R"(,"subresource":"status")"));
    EXPECT_FALSE(write_of({.verb = "patch"}, named, R"(,"apiGroup":"example.com"})"));
    EXPECT_FALSE(write_of({.verb = "patch"}, R"({"resource":"pods","namespace":"shop","name":"b")"));
    const auto role = write_of({.verb = "patch"}, R"({"resource":"clusterroles","name":"r")");
    ASSERT_TRUE(role);
    EXPECT_TRUE(role->roles && !role->bindings);
    EXPECT_TRUE(role->touches_role("", "r"));
    EXPECT_FALSE(role->touches_role("", "s"));
    EXPECT_FALSE(role->touches_role("shop", "r"));
    EXPECT_FALSE(role->touches_binding("", "r"));
}

TEST(RbacWrite, TheNameOfWhatIsMadeIsInItsBody) {
    const std::string unnamed = R"({"resource":"clusterroles")";
    for (const bool in_answer : {true, false}) {
        test::EventSpec spec{.verb = "create", .status = R"({"metadata":{},"code":201})"};
        (in_answer ? spec.response_object : spec.request_object) = kComponent;
        const auto write = write_of(spec, unnamed);
        ASSERT_TRUE(write) << in_answer;
        EXPECT_TRUE(write->object && write->created && write->touches_role("", "ops"));
    }
    test::EventSpec patch{.verb = "patch", .request_object = kComponent};
    EXPECT_FALSE(write_of(patch, R"({"resource":"clusterroles","name":"ops")")->object) << "only the change";
    patch.status = R"({"metadata":{},"code":201})";
    EXPECT_TRUE(write_of(patch, R"({"resource":"clusterroles","name":"ops")")->object)
        << "applied: it is new, and this is all";
    const std::string going =
        R"({"kind":"ClusterRole","metadata":{"name":"ops","deletionTimestamp":"2026-01-05T10:00:00Z"}})";
    const auto gone =
        write_of({.verb = "patch", .response_object = going}, R"({"resource":"clusterroles","name":"ops")");
    ASSERT_TRUE(gone);
    EXPECT_TRUE(gone->removed && !gone->object) << "the last finalizer went";
}

TEST(RbacWrite, ACollectionIsWhatTheAnswerNamesOrAllOfIt) {
    const std::string all = R"({"resource":"roles","namespace":"shop")";
    const auto some =
        write_of({.verb = "deletecollection",
                  .response_object = R"({"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}},{}]})"},
                 all);
    ASSERT_TRUE(some);
    EXPECT_EQ(some->names, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(some->removed && some->touches_role("shop", "a"));
    EXPECT_FALSE(some->touches_role("shop", "c"));
    EXPECT_FALSE(write_of({.verb = "deletecollection", .response_object = R"({"items":[]})"}, all));
    EXPECT_FALSE(write_of({.verb = "deletecollection", .response_object = R"({"items":{}})"}, all));
    const auto every = write_of({.verb = "deletecollection", .uri = "/apis/x?limit=5"}, all);
    ASSERT_TRUE(every);
    EXPECT_TRUE(every->names.empty() && every->removed && every->touches_role("shop", "c"));
    for (const char* selector : {"labelSelector", "fieldSelector"}) {
        const std::string uri = std::string("/apis/x?") + selector + "=a%3Db";
        EXPECT_FALSE(write_of({.verb = "deletecollection", .uri = uri}, all)) << selector;
    }
}

TEST(RbacWrite, ANamespaceGoesWithAllThatIsInIt) {
    const std::string shop = R"({"resource":"namespaces","namespace":"shop","name":"shop")";
    const auto gone = write_of({.verb = "delete"}, shop, "}");
    ASSERT_TRUE(gone);
    EXPECT_TRUE(gone->roles && gone->bindings && gone->removed && gone->names.empty());
    EXPECT_TRUE(gone->touches_role("shop", "any") && gone->touches_binding("shop", "any"));
    EXPECT_FALSE(gone->touches_role("bank", "any"));
    EXPECT_FALSE(write_of({.verb = "patch"}, shop, "}"));
    EXPECT_FALSE(write_of({.verb = "delete", .uri = "/api/v1/namespaces/shop?dryRun=All"}, shop, "}"));
    EXPECT_FALSE(write_of({.verb = "delete"}, R"({"resource":"namespaces")", "}"));
    EXPECT_FALSE(write_of({.verb = "delete"}, R"({"resource":"pods","namespace":"shop","name":"shop")", "}"));
    EXPECT_FALSE(write_of({.verb = "delete", .status = R"({"code":403})"}, shop, "}"));
}

TEST(RbacBirth, IsOfNamespacesAndAccountsThatWereMade) {
    const auto birth = [](test::EventSpec spec, const std::string& object) {
        spec.verb = "create";
        spec.object = object;
        const test::ParsedEvent event = spec.parsed();
        return read_birth(*event);
    };
    const test::EventSpec made{.status = R"({"metadata":{},"code":201})"};
    const std::string account = R"({"resource":"serviceaccounts","namespace":"shop","name":"bot"})";
    ASSERT_TRUE(birth(made, account));
    EXPECT_EQ(birth(made, account)->namespace_, "shop");
    EXPECT_EQ(birth(made, account)->names, std::vector<std::string>{"bot"});
    EXPECT_TRUE(birth(made, account)->created);
    EXPECT_TRUE(birth(made, R"({"resource":"namespaces","name":"shop"})"));
    for (const char* other :
         {R"({"resource":"serviceaccounts","namespace":"shop","name":"bot","subresource":"token"})",
          R"({"resource":"serviceaccounts","namespace":"shop"})",
          R"({"resource":"pods","namespace":"shop","name":"bot"})",
          R"({"resource":"serviceaccounts","namespace":"shop","name":"bot","apiGroup":"example.com"})"}) {
        EXPECT_FALSE(birth(made, other)) << other;
    }
    EXPECT_FALSE(birth({.status = R"({"metadata":{},"code":200})"}, account));
    EXPECT_FALSE(birth({.uri = "/x?dryRun=All", .status = R"({"metadata":{},"code":201})"}, account));
}

TEST(RbacShown, IsWhatAnAnswerShows) {
    const auto shown = [](test::EventSpec spec, const std::string& object = R"({"resource":"clusterroles")") {
        spec.object = object + kRbac;
        const test::ParsedEvent event = spec.parsed();
        return read_shown(*event).size();
    };
    const std::string list = std::string(R"({"items":[)") + kComponent + "," + kComponentUnlabelled + "]}";
    EXPECT_EQ(shown({.verb = "get", .response_object = kComponent}), 1U);
    EXPECT_EQ(shown({.verb = "list", .response_object = list}), 2U);
    EXPECT_EQ(shown({.verb = "list", .response_object = R"({"items":{}})"}), 0U);
    EXPECT_EQ(shown({.verb = "watch", .response_object = kComponent}), 0U);
    EXPECT_EQ(shown({.verb = "update", .response_object = kComponent}), 0U);
    EXPECT_EQ(shown({.verb = "get", .status = R"({"code":403})", .response_object = kComponent}), 0U);
    EXPECT_EQ(shown({.verb = "get", .response_object = kComponent},
                    R"({"resource":"clusterroles","subresource":"x")"),
              0U);
    EXPECT_EQ(shown({.verb = "get", .response_object = kComponent}, R"({"resource":"pods")"), 0U);
    EXPECT_EQ(shown({.verb = "get"}), 0U);
}

TEST(Seed, ReadsWhatKubectlWritesAndSaysWhereItIsWrong) {
    const test::TempDir folder;
    const std::string file = folder.file("rbac.json");
    const auto written = [&](const std::string& text) {
        std::ofstream(file) << text;
        return file;
    };
    const auto problem = [&](const std::string& text) -> std::string {
        try {
            read_seed(written(text));
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(
        read_seed(written(std::string(R"({"kind":"List","items":[)") + kComponent + "," + kBinding + "]}"))
            .size(),
        2u);
    EXPECT_THAT(problem("{\n \"items\": [\n  oops"), HasSubstr(file + ":3:3"));
    EXPECT_THAT(problem("[]"), HasSubstr("no list of items"));
    EXPECT_THAT(problem(R"({"items":[{"kind":"ConfigMap","metadata":{"name":"x"}}]})"),
                HasSubstr("items[0]: a ConfigMap"));
    EXPECT_THROW(read_seed(folder.file("absent.json")), std::runtime_error);
}

TEST(Reach, OnlyWhatEverybodyMayHaveIsLittle) {
    using Texts = std::vector<std::string>;
    const Texts read{"get", "list", "watch"}, create{"create"}, own{"selfsubjectaccessreviews"};
    const struct {
        PolicyRule rule;
        bool is_little;
    } kCases[] = {
        {{.verbs = read, .api_groups = {"example.com"}, .resources = {"widgets"}}, true},
        {{.verbs = read, .api_groups = {"example.com"}, .resources = {"widgets/status"}}, true},
        {{.verbs = read, .api_groups = {"example.com"}, .resources = {"widgets/log"}}, false},
        {{.verbs = read, .api_groups = {"example.com"}, .resources = {"*"}}, false},
        {{.verbs = read, .api_groups = {"example.com"}, .resources = {}}, false},
        {{.verbs = read, .api_groups = {"example.com", ""}, .resources = {"widgets"}}, false},
        {{.verbs = read, .api_groups = {"apps"}, .resources = {"deployments"}}, false},
        {{.verbs = read, .api_groups = {"metrics.k8s.io"}, .resources = {"pods"}}, false},
        {{.verbs = {"get", "update"}, .api_groups = {"example.com"}, .resources = {"widgets"}}, false},
        {{.verbs = {}, .api_groups = {"example.com"}, .resources = {"widgets"}}, false},
        {{.verbs = create, .api_groups = {"authorization.k8s.io"}, .resources = own}, true},
        {{.verbs = create, .api_groups = {"authentication.k8s.io"}, .resources = {"selfsubjectreviews"}},
         true},
        {{.verbs = create, .api_groups = {"authorization.k8s.io"}, .resources = {"subjectaccessreviews"}},
         false},
        {{.verbs = {"*"}, .api_groups = {"authorization.k8s.io"}, .resources = own}, false},
        {{.verbs = create, .api_groups = {"authorization.k8s.io"}, .resources = {}}, false},
        {{.verbs = create, .api_groups = {}, .resources = own}, false},
        {{.verbs = {"get"}, .non_resource_urls = {"/version", "/healthz/*", "/api"}}, true},
        {{.verbs = {"get"}, .non_resource_urls = {"/metrics"}}, false},
        {{.verbs = {"get"}, .non_resource_urls = {"/version", "/logs"}}, false},
        {{.verbs = {"post"}, .non_resource_urls = {"/version"}}, false},
        {{.verbs = {"get"}, .non_resource_urls = {}}, false},
        {{.verbs = read,
          .api_groups = {"example.com"},
          .resources = {"widgets"},
          .non_resource_urls = {"/version"}},
         false},
    };
    size_t number = 0;
    for (const auto& one : kCases) EXPECT_EQ(reaches_little(one.rule), one.is_little) << number++;
    Role role{.name = "viewer", .rules = {kCases[0].rule, kCases[10].rule}};
    EXPECT_TRUE(reaches_little(role));
    role.rules.push_back(kCases[2].rule);
    EXPECT_FALSE(reaches_little(role));
    role.rules.pop_back();
    role.is_aggregated = true;
    EXPECT_FALSE(reaches_little(role));
}

TEST(RbacReach, ARoleThatOnlyLooks) {
    using Texts = std::vector<std::string>;
    const Texts read{"get", "list", "watch"}, core{""};
    const struct {
        PolicyRule rule;
        bool only_looks;
    } kCases[] = {
        {{.verbs = read, .api_groups = {"", "apps"}, .resources = {"pods", "deployments"}}, true},
        {{.verbs = read, .api_groups = core, .resources = {"pods/log", "pods/status"}}, true},
        {{.verbs = read, .api_groups = {"apps"}, .resources = {"deployments/scale"}}, true},
        {{.verbs = {"get"}, .non_resource_urls = {"/version"}}, true},
        {{.verbs = read, .api_groups = core, .resources = {"pods", "secrets"}}, false},
        {{.verbs = read, .api_groups = core, .resources = {"pods/exec"}}, false},
        {{.verbs = read, .api_groups = core, .resources = {"nodes/proxy"}}, false},
        {{.verbs = read, .api_groups = core, .resources = {"*"}}, false},
        {{.verbs = read, .api_groups = core, .resources = {}}, false},
        {{.verbs = read, .api_groups = {"*"}, .resources = {"pods"}}, false},
        {{.verbs = read, .api_groups = {}, .resources = {"pods"}}, false},
        {{.verbs = {"get", "create"}, .api_groups = core, .resources = {"pods"}}, false},
        {{.verbs = {}, .api_groups = core, .resources = {"pods"}}, false},
        {{.verbs = {"get"}, .api_groups = core, .resources = {"pods"}, .non_resource_urls = {"/logs"}},
         false},
        {{.verbs = {"get"}, .non_resource_urls = {"/logs"}}, false},
    };
    size_t number = 0;
    for (const auto& one : kCases) {
        EXPECT_EQ(only_looks({.name = "r", .rules = {one.rule}}), one.only_looks) << number;
        EXPECT_EQ(only_looks({.name = "r", .rules = {kCases[0].rule, one.rule}}), one.only_looks) << number++;
    }
    EXPECT_FALSE(only_looks({.name = "r"}));
    EXPECT_FALSE(only_looks({.name = "r", .rules = {kCases[0].rule}, .is_aggregated = true}));
}

}  // namespace
}  // namespace redshank::rbac
