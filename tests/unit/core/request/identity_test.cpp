// All rooms agree about an identity: compares core's class of a caller with what each room visibly does.
#include <gmock/gmock.h>

#include <set>

#include "core/request/names.h"
#include "detectors/crd/caller.h"
#include "detectors/rbac/identity.h"
#include "detectors/secrets/judgement.h"
#include "rules/condition_parser.h"
#include "tests/unit/detectors/access/diary.h"

namespace redshank {
namespace {

std::string user(const std::string& name, const std::string& groups = R"("system:authenticated")") {
    return R"({"username":")" + name + R"(","groups":[)" + groups + "]}";
}

std::string account(const std::string& namespace_, const std::string& name, const std::string& pod = "") {
    return test::account(namespace_, name, pod);
}

using enum ActorClass;

struct Case {
    std::string user;
    ActorClass actor_class;
    std::string kind;      // actor.kind in rules
    bool trusted = false;  // the control plane at its work, whose reads of Secrets are not judged
    bool keeper = false;   // a watcher of this name is expected to stay alive by crd_health
    std::string effective = "";
};

const std::string kNodeGroups = R"("system:nodes","system:authenticated")";
const std::string kMastersGroups = R"("system:masters","system:authenticated")";

const Case kCases[] = {
    // Nodes need both the name and the group, as for the Node authorizer.
    {user("system:node:worker-3", kNodeGroups), Node, "node"},
    {user("system:node:ip-10-0-0-1.eu-west-1.compute.internal",
          R"("system:bootstrappers","system:nodes","system:authenticated")"),
     Node, "node"},
    {user("system:node:worker-3"), Human, "user"},
    {user("worker-3", kNodeGroups), Human, "user"},
    {user("system:nodes:worker-3", kNodeGroups), Human, "user"},
    // Bootstrap tokens.
    {user("system:bootstrap:07401b", R"("system:bootstrappers","system:authenticated")"), BootstrapToken,
     "bootstrap-token"},
    {user("system:bootstrapper"), Human, "user"},
    // Components are recognised by their exact name.
    {user("system:apiserver", kMastersGroups), ControlPlane, "control-plane", true},
    // Not the loopback client, which is in system:masters.
    {user("system:apiserver"), ControlPlane, "control-plane"},
    {user("system:kube-controller-manager"), ControlPlane, "control-plane", true},
    {user("system:kube-scheduler"), ControlPlane, "control-plane", true},
    {user("system:kube-proxy"), ControlPlane, "control-plane"},
    {user("system:cloud-controller-manager"), ControlPlane, "control-plane"},
    // Look-alikes: a certificate may be signed for any common name.
    {user("system:kube-evil"), Human, "user"},
    {user("system:kube-controller-manager2"), Human, "user"},
    {user("my-kube-controller-manager"), Human, "user"},
    {user("kube-scheduler"), Human, "user"},
    {user("system:apiservers", kMastersGroups), Human, "user"},
    {user("system:admin", kMastersGroups), Human, "user"},
    {user("kubernetes-admin", kMastersGroups), Human, "user"},
    // Built-in controllers count in kube-system only, and only with a token of their own.
    {account("kube-system", "deployment-controller"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "namespace-controller"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "generic-garbage-collector"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "horizontal-pod-autoscaler"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "root-ca-cert-publisher"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "legacy-service-account-token-cleaner"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "bootstrap-signer"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "token-cleaner"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "clusterrole-aggregation-controller"), ControlPlane, "serviceaccount", true},
    {account("kube-system", "deployment-controller", "evil-0"), ServiceAccount, "serviceaccount"},
    {account("kube-system", "backup-controller"), ServiceAccount, "serviceaccount", false, true},
    {account("kube-system", "my-deployment-controller"), ServiceAccount, "serviceaccount", false, true},
    {account("shop", "deployment-controller"), ServiceAccount, "serviceaccount", false, true},
    {account("kube-system2", "deployment-controller"), ServiceAccount, "serviceaccount", false, true},
    {user("kube-system:deployment-controller"), Human, "user"},
    // Service accounts, among them those of aggregated API servers.
    {account("ci", "deployer"), ServiceAccount, "serviceaccount", false, true},
    {account("kube-system", "metrics-server", "metrics-server-1"), ServiceAccount, "serviceaccount", false,
     true},
    {account("kube-system", "default"), ServiceAccount, "serviceaccount", false, true},
    {user("system:serviceaccount:odd"), Human, "user"},
    {user("system:serviceaccount:a:b:c"), Human, "user"},
    {user("system:serviceaccount::b"), Human, "user"},
    // Anonymous and unauthenticated callers.
    {user("system:anonymous", R"("system:unauthenticated")"), Anonymous, "anonymous"},
    {R"({"username":"system:anonymous"})", Anonymous, "anonymous"},
    {user("guest", R"("system:unauthenticated")"), Anonymous, "anonymous"},
    {"{}", Unauthenticated, "unauthenticated"},
    // Front proxies: the installer chooses their name, and no reserved name marks them.
    {user("front-proxy-client"), Human, "user"},
    {user("system:aggregator"), Human, "user"},
    {user("aggregator", kMastersGroups), Human, "user"},
    // Identities of clouds and people.
    {user("arn:aws:sts::111122223333:assumed-role/admin/alice"), Human, "user"},
    {user("eks:node-manager"), Human, "user"},
    {user("8d3f1c6e-0000-4000-8000-3b2d1a0c9e8f"), Human, "user"},
    {user("masterclient", kMastersGroups), Human, "user"},
    {user("alice@example.com"), Human, "user"},
    {user("ci-bot@project.iam.gserviceaccount.com"), Human, "user"},
    {user("oidc:alice", R"("dev","system:authenticated")"), Human, "user"},
    // Impersonation: the actor is the authenticated user, whoever is impersonated.
    {user("alice"), Human, "user", false, true, account("ci", "deployer")},
    {user("alice"), Human, "user", false, false, user("system:kube-controller-manager")},
};

audit::Time at(int hour) {
    return audit::Time{std::chrono::hours{hour}};
}

// The classes under which unusual_access stored the request's habits.
std::set<std::string> habit_classes(const Case& c) {
    test::Diary diary;
    diary.at(1, {.user = c.user, .impersonated = c.effective});
    diary.save();
    std::set<std::string> found;
    for (const char* name : {"human", "service-account", "node", "control-plane", "anonymous",
                             "bootstrap-token", "unauthenticated"}) {
        for (const auto& [table, rows] : diary.rows().all()) {
            const bool is_there = std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
                return row.first.find(
                           "a\x1e"
                           "every " +
                           std::string(name)) != std::string::npos;
            });
            if (is_there) found.emplace(name);
        }
    }
    return found;
}

// Whether a read that is granted to everybody is judged; the control plane's own reads are not.
bool is_judged(const Request& request) {
    const secrets::Protection nothing{{}};
    return secrets::judge_access(request, {"shop", "db", {}}, nothing, secrets::ByGrant::Always).has_value();
}

bool is_keeper(const std::string& name) {
    crd::Caller caller{.user = name};
    caller.first_seen = at(0);
    caller.last_seen = at(48);
    caller.requests = 1000;
    caller.watched = std::chrono::hours{48};
    return caller.is_keeper();
}

TEST(OneIdentity, AllRoomsAgree) {
    static_assert(std::size(kCases) >= 40);
    const auto kind = rules::parse_condition("actor.kind exists");
    for (const Case& c : kCases) {
        SCOPED_TRACE(c.user);
        test::EventSpec spec{.user = c.user, .impersonated = c.effective};
        spec.reason =
            R"(RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "system:authenticated")";
        const test::ParsedEvent event = spec.parsed();
        Symbols symbols;
        const Request request = symbols.understand(*event);
        EXPECT_EQ(to_string(request.actor.actor_class), to_string(c.actor_class));
        EXPECT_EQ(request.actor.is_core_component(), c.trusted);

        rules::Context context;
        context.reset(request, true);
        EXPECT_TRUE(rules::parse_condition("actor.kind = \"" + c.kind + "\"")->test(context));

        std::set<std::string> habits;
        // Habits belong to the effective user if that is a service account; otherwise the actor keeps its own
        // class.
        const bool is_account = c.effective.find("system:serviceaccount:") != std::string::npos;
        if (c.actor_class != Unauthenticated)
            habits.emplace(to_string(is_account ? ServiceAccount : c.actor_class));
        EXPECT_EQ(habit_classes(c), habits);
        EXPECT_EQ(is_judged(request), !c.trusted);
        EXPECT_EQ(is_keeper(request.effective.name), c.keeper);
    }
}

// What is kept of a caller beside its class.
TEST(OneIdentity, WhoIsLikeWhom) {
    const auto of = [](const std::string& json) {
        const test::ParsedEvent event = test::EventSpec{.user = json}.parsed();
        return actor_from(event->user);
    };
    const struct {
        std::string user, key, peers, namespace_stem;
    } cases[] = {
        {account("shop", "bot"), "system:serviceaccount:shop:bot", "service accounts named bot", "shop"},
        {account("pr-1551-kbm6f", "run-4jxrbm"), "system:serviceaccount:pr-*:run-*",
         "service accounts named run-*", "pr-*"},
        {account("shop", "shop-bot"), "system:serviceaccount:shop:shop-bot", "service accounts named $ns-bot",
         "shop"},
        {account("kube-system", "job-controller"), "system:serviceaccount:kube-system:job-controller",
         "control plane", "kube-system"},
        {user("alice", R"("system:authenticated","dev","ops")"), "alice", "group dev", ""},
        {user("alice"), "alice", "people without a group", ""},
        {user("pr-1551-kbm6f"), "pr-1551-kbm6f", "people without a group", ""},
        {user("system:node:w1", kNodeGroups), "system:node:w1", "nodes", ""},
        {user("system:kube-proxy"), "system:kube-proxy", "control plane", ""},
        {user("system:anonymous", R"("system:unauthenticated")"), "system:anonymous", "anonymous", ""},
        {user("system:bootstrap:07401b"), "system:bootstrap:07401b", "bootstrap tokens", ""},
        {"{}", "", "unauthenticated", ""},
    };
    for (const auto& c : cases) {
        const Actor actor = of(c.user);
        EXPECT_EQ(actor.key, c.key) << c.user;
        EXPECT_EQ(actor.peers, c.peers) << c.user;
        EXPECT_EQ(actor.namespace_stem, c.namespace_stem) << c.user;
    }
    EXPECT_EQ(of(user("system:bootstrap:07401b")).bootstrap_id, "07401b");
    EXPECT_EQ(of(account("shop", "bot")).account, "bot");
    EXPECT_EQ(of(account("shop", "bot")).namespace_, "shop");
    EXPECT_TRUE(of(account("kube-system", "job-controller")).is_service_account);
    EXPECT_FALSE(of(user("alice")).is_service_account);
    EXPECT_TRUE(of(user("system:x")).has_reserved_name);
    EXPECT_FALSE(of(user("systemx")).has_reserved_name);
    EXPECT_TRUE(of(user("x", kMastersGroups)).is_masters);
}

TEST(OneIdentity, HowACallerShowedWhoItIs) {
    const struct {
        const char* extra;
        Credential credential;
    } cases[] = {
        {R"({"authentication.kubernetes.io/credential-id":["JTI=a"]})", Credential::Token},
        {R"({"authentication.kubernetes.io/credential-id":["X509SHA256=a"]})", Credential::Certificate},
        {R"({"authentication.kubernetes.io/credential-id":["JTI=a"],"authentication.kubernetes.io/pod-name":["p"]})",
         Credential::PodToken},
        {R"({"authentication.kubernetes.io/pod-name":["p"]})", Credential::PodToken},
        {R"({"authentication.kubernetes.io/credential-id":["X"]})", Credential::Unknown},
        {"{}", Credential::Unknown},
    };
    for (const auto& c : cases) {
        const test::ParsedEvent event =
            test::EventSpec{.user = std::string(R"({"username":"x","extra":)") + c.extra + "}"}.parsed();
        EXPECT_EQ(actor_from(event->user).credential, c.credential) << c.extra;
    }
}

TEST(OneIdentity, SubjectsOfBindingsAreAskedByTheSameNames) {
    const struct {
        const char *kind, *namespace_, *name;
        bool expected;
    } cases[] = {{"ServiceAccount", "kube-system", "job-controller", true},
                 {"ServiceAccount", "kube-system", "backup-controller", false},
                 {"ServiceAccount", "shop", "job-controller", false},
                 {"User", "", "system:kube-scheduler", true},
                 {"User", "", "system:kube-proxy", false},
                 {"User", "", "system:kube-evil", false},
                 {"Group", "", "system:nodes", true},
                 {"Group", "", "system:masters", true},
                 {"Group", "", "system:authenticated", false}};
    for (const auto& c : cases)
        EXPECT_EQ(rbac::is_control_plane_subject(c.kind, c.namespace_, c.name), c.expected) << c.name;
}

TEST(OneIdentity, ANodeIsTrustedWithWhatItsAuthorizerGives) {
    for (const auto& [reason, trusted] : {std::pair{"", true}, {"RBAC: allowed by something", false}}) {
        test::EventSpec spec{.user = user("system:node:w1", kNodeGroups)};
        spec.reason = reason;
        const test::ParsedEvent event = spec.parsed();
        Symbols symbols;
        EXPECT_EQ(symbols.understand(*event).is_control_plane_work(), trusted) << reason;
    }
}

// A name that ends in "-controller" once hid everything that its account did.
TEST(OneIdentity, AControllersLookAlikeIsFoundAsAnyOther) {
    for (const char* name : {"backup-tool", "backup-controller"}) {
        test::Diary diary;
        for (const char* other : {"web", "api"})
            diary.through(8, 14 * 24, 5, {.user = account("shop", other, "pod-0")});
        diary.through(8, 14 * 24, 5, {.user = account("kube-system", name, "pod-0")});
        diary.at(14 * 24 + 1, {.user = account("kube-system", name, "pod-0"),
                               .verb = "list",
                               .resource = "secrets",
                               .ns = "",
                               .name = ""});
        EXPECT_THAT(diary.kinds(), testing::Contains("unusual-access")) << name;
        diary.at(14 * 24 + 2,
                 {.user = account("kube-system", name, ""), .resource = "secrets", .name = "db"});
        EXPECT_THAT(diary.kinds(), testing::Contains("credential-changed")) << name;
    }
}

TEST(OneIdentity, ActingUnderAReservedNameIsMightyWithoutItsGroups) {
    for (const auto& [whom, severity] : {std::pair{"system:node:w1", Severity::High},
                                         {"system:kube-scheduler", Severity::High},
                                         {"system:apiserver", Severity::High},
                                         {"bob", Severity::Medium}}) {
        test::Diary diary;
        diary.through(8, 14 * 24, 5, {.user = test::person("carol")});
        diary.at(15 * 24, {.user = test::person("carol"), .impersonated = user(whom)});
        const auto told = diary.told();
        ASSERT_EQ(told.size(), 1U) << whom;
        EXPECT_EQ(told[0].kind, "impersonation-new");
        EXPECT_EQ(told[0].severity, severity) << whom;
    }
}

}  // namespace
}  // namespace redshank
