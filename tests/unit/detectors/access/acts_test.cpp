// Rare but ordinary first uses, each beside an attack that looks like it.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

// An operator's objects, as an installer creates them.
std::vector<Deed> operator_objects() {
    return {create("customresourcedefinitions", "apiextensions.k8s.io", "", "things.example.com"),
            create("serviceaccounts", "", "operator", "operator"),
            create("clusterroles", kRbac, "", "operator"),
            create("clusterrolebindings", kRbac, "", "operator"),
            create("deployments", "apps", "operator", "operator"),
            create("validatingwebhookconfigurations", "admissionregistration.k8s.io", "", "operator"),
            create("secrets", "", "operator", "operator-settings")};
}

TEST(Acts, AnInstallationIsOneFindingOfMediumWeight) {
    Cluster cluster;
    cluster.act(operator_objects(), person("alice"), kGrant);
    EXPECT_THAT(cluster.pages(), SizeIs(1));
    EXPECT_EQ(cluster.worst("alice"), Severity::Medium);
}

// The same objects, followed by actions that no installation contains.
TEST(Acts, AnInstallationThatTakesATokenAndGoesIntoAPodIsASequence) {
    Cluster cluster;
    const double at = cluster.act(operator_objects(), person("alice"), kGrant);
    Deed token = create("serviceaccounts", "", "kube-system", "admin");
    token.subresource = "token";
    Deed exec = create("pods", "", "pay", "db-0");
    exec.subresource = "exec";
    cluster.act({token, exec}, person("alice"), kGrant, at);
    EXPECT_EQ(cluster.worst("alice"), Severity::Critical);
}

// It is no installation through a grant that the caller never used, or by a program that applies nothing
// else.
TEST(Acts, WithoutAnOldGrantOrTheRoleItIsASequence) {
    Cluster cluster;
    Deed binds = create("clusterrolebindings", kRbac, "", "new");
    binds.user = person("bob"), binds.reason = kGrant;
    cluster.diary.at(kThen - 1, binds);
    cluster.act(
        operator_objects(), person("alice"),
        R"(RBAC: allowed by ClusterRoleBinding "new" of ClusterRole "cluster-admin" to User "alice")");
    EXPECT_EQ(cluster.worst("alice"), Severity::Critical);

    const std::string web = account("shop", "web", "web-0");
    cluster.act(operator_objects(), web, kGrant, kThen + 1);
    EXPECT_EQ(cluster.worst("system:serviceaccount:shop:web"), Severity::Critical);
}

TEST(Acts, AToolThatAsksForOnesRightsAndListsIsLow) {
    Cluster cluster;
    std::vector<Deed> deeds;
    for (int i = 0; i < 30; ++i)
        deeds.push_back({.verb = "create",
                         .resource = "selfsubjectaccessreviews",
                         .group = "authorization.k8s.io",
                         .ns = "",
                         .name = "",
                         .code = 201});
    for (const char* resource : {"pods", "services", "configmaps", "events", "deployments"})
        deeds.push_back({.verb = "list", .resource = resource, .name = ""});
    cluster.act(deeds, person("alice"), kGrant);
    EXPECT_EQ(cluster.worst("alice"), Severity::Low);
    // Attack twins: from an address where she never was, and by another program.
    for (Deed& deed : deeds) deed.ip = "203.0.113.7";
    cluster.act(deeds, person("bob"), kGrant, kThen + 1);
    EXPECT_GE(cluster.worst("bob"), Severity::Medium);
    const std::string web = account("shop", "web", "web-0");
    cluster.act(deeds, web, kGrant, kThen + 2);
    EXPECT_GE(cluster.worst("system:serviceaccount:shop:web"), Severity::Medium);
}

TEST(Acts, ABurstOfListsIsOneMediumUntilItTakesSomething) {
    Cluster cluster;
    std::vector<Deed> deeds;
    for (const char* resource : {"secrets", "configmaps", "pods", "nodes"})
        deeds.push_back({.verb = "list", .resource = resource, .ns = "", .name = ""});
    for (const char* resource : {"clusterroles", "clusterrolebindings", "rolebindings"})
        deeds.push_back({.verb = "list", .resource = resource, .group = kRbac, .ns = "", .name = ""});
    const double at = cluster.act(deeds, person("alice"), kGrant);
    EXPECT_EQ(cluster.worst("alice"), Severity::Medium);
    EXPECT_THAT(cluster.pages(), SizeIs(1));
    Deed token = create("serviceaccounts", "", "kube-system", "admin");
    token.subresource = "token";
    cluster.act({token}, person("alice"), kGrant, at);
    EXPECT_GE(cluster.worst("alice"), Severity::High);
}

// An account that deploys into many namespaces may deploy into one more, but not into kube-system.
TEST(Acts, ANewTenantOfADeployerIsLow) {
    for (const char* where : {"team-x", "kube-system"}) {
        Cluster cluster;
        const std::string sync = account("sync", "sync", "sync-0");
        Deed deed{.verb = "patch", .resource = "deployments", .group = "apps", .ns = where, .name = "app"};
        deed.user = sync;
        cluster.diary.at(kThen + 1, deed);
        EXPECT_THAT(cluster.pages(), SizeIs(where == std::string("kube-system") ? 1 : 0)) << where;
    }
}

// The same acts, by the owner at home and by whoever has the credential elsewhere, through a new grant or
// with another's identity.
TEST(Acts, AtHomeIsNoMoreThanMedium) {
    const std::string young =
        R"(RBAC: allowed by ClusterRoleBinding "fresh" of ClusterRole "x" to User "alice")";
    struct Case {
        const char* what;
        std::string user, ip, agent, grant;
        Severity worst;
    };
    const std::string web = account("shop", "web", "web-0");
    for (const Case& one : {
             Case{"a person at home", person("alice"), "10.0.0.7", "kubectl/v1.32.0", kGrant,
                  Severity::Medium},
             Case{"with a new client", person("alice"), "10.0.0.7", "curl/8", kGrant, Severity::Medium},
             Case{"from elsewhere", person("alice"), "203.0.113.7", "kubectl/v1.32.0", kGrant,
                  Severity::Critical},
             Case{"through a new grant", person("alice"), "10.0.0.7", "kubectl/v1.32.0", young,
                  Severity::Critical},
             Case{"a program at home", web, "10.0.0.7", "kubectl/v1.32.0", kGrant, Severity::Medium},
             Case{"a program with another client", web, "10.0.0.7", "curl/8", kGrant, Severity::Critical},
         }) {
        Cluster cluster;
        Deed binds = create("clusterrolebindings", kRbac, "", "fresh");
        binds.user = person("bob"), binds.reason = kGrant;
        cluster.diary.at(kThen - 1, binds);
        Deed reads{.resource = "secrets", .ns = "pay", .name = "db"};
        Deed exec = create("pods", "", "pay", "db-0");
        exec.subresource = "exec";
        Deed removes{.verb = "delete", .resource = "namespaces", .ns = "pay", .name = "pay"};
        double at = kThen;
        for (Deed deed : {reads, exec, removes}) {
            deed.user = one.user, deed.ip = one.ip, deed.agent = one.agent, deed.reason = one.grant;
            cluster.diary.at(at += kSecond, deed);
        }
        const std::string who = one.user == web ? "system:serviceaccount:shop:web" : "alice";
        EXPECT_EQ(cluster.worst(who), one.worst) << one.what;
    }
}

// Six attempts of four tactics.
std::vector<Deed> attempts(int code) {
    Deed token = create("serviceaccounts", "", "kube-system", "admin");
    token.subresource = "token";
    std::vector<Deed> all{create("clusterrolebindings", kRbac, "", "x"),
                          of_secret("get", "pay", "db"),
                          token,
                          on_pod("exec", "pay"),
                          removes("namespaces", "", "pay", "pay"),
                          create("daemonsets", "apps", "pay", "x")};
    for (Deed& deed : all) {
        deed.code = code;
        if (code == 403) deed.decision = "forbid";
    }
    return all;
}

// Attempts are attempts: what was there already, is gone, or is refused by admission was the caller's right,
// and reached nothing. Whoever is refused by the authorizer reaches beyond it, but for a person at home who
// had all rights.
TEST(Acts, AttemptsAloneAreNoCriticalSequence) {
    const std::string all_rights =
        R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" to Group "ops")";
    struct Case {
        const char* what;
        int code;
        const char *ip, *message;
        bool is_admin, does_two;
        Severity worst;
    };
    for (const Case& one : {
             Case{"there already", 409, "10.0.0.7", "", false, false, Severity::Medium},
             Case{"gone, from elsewhere", 404, "203.0.113.7", "", false, false, Severity::Medium},
             Case{"broken", 422, "10.0.0.7", "", true, false, Severity::Medium},
             Case{"refused by admission", 400, "10.0.0.7", "admission webhook \\\"x\\\" denied the request",
                  false, false, Severity::Medium},
             Case{"refused", 403, "10.0.0.7", "", false, false, Severity::High},
             Case{"an admin who is refused", 403, "10.0.0.7", "", true, false, Severity::Low},
             Case{"an admin who is refused elsewhere", 403, "203.0.113.7", "", true, false, Severity::High},
             Case{"gone, and then it is done", 404, "203.0.113.7", "", false, true, Severity::Critical},
             Case{"refused, and then it is done", 403, "203.0.113.7", "", true, true, Severity::Critical},
         }) {
        Cluster cluster;
        if (one.is_admin)
            cluster.diary.through(kThen, kThen + 5, 1, {.user = person("alice"), .reason = all_rights});
        std::vector<Deed> deeds;
        for (int round = 0; round < 3; ++round) {  // more than a story has places
            for (Deed deed : attempts(one.code)) {
                deed.name += std::to_string(round);
                deed.message = one.message;
                deeds.push_back(deed);
            }
        }
        if (one.does_two) {
            deeds.push_back(of_secret("list", "", ""));
            deeds.push_back(on_pod("exec", "pay"));
            deeds.push_back(removes("namespaces", "", "pay", "pay"));
        }
        double at = kThen + 5;
        for (Deed deed : deeds) {
            deed.user = person("alice"), deed.ip = one.ip;
            if (deed.decision == "allow") deed.reason = kGrant;
            cluster.diary.at(at += kSecond, deed);
            if (at > kThen + 5 + 5 * kSecond && at < kThen + 5 + 6.5 * kSecond) cluster.diary.restart();
        }
        EXPECT_EQ(cluster.worst("alice"), one.worst) << one.what;
    }
}

// What is made where somebody works anyway reaches little; what runs on every node, or gives a way in, does
// not.
TEST(Acts, ObjectsOfTheDailyKindAtHomeAreLow) {
    struct Case {
        const char *resource, *group, *ns;
        Severity worst;
    };
    for (const Case& one : {
             Case{"jobs", "batch", "shop", Severity::Low},
             Case{"jobs", "batch", "pay", Severity::Medium},
             Case{"jobs", "batch", "kube-system", Severity::Medium},
             Case{"cronjobs", "batch", "shop", Severity::Low},
             Case{"cronjobs", "batch", "pay", Severity::Medium},
             Case{"daemonsets", "apps", "shop", Severity::Medium},
             Case{"pods", "", "shop", Severity::Medium},
             Case{"rolebindings", "rbac.authorization.k8s.io", "shop", Severity::Medium},
         }) {
        Cluster cluster(create("deployments", "apps", "shop", "web"));
        cluster.act({create(one.resource, one.group, one.ns, "new")}, person("alice"), kGrant);
        EXPECT_EQ(cluster.worst("alice"), one.worst) << one.resource << " in " << one.ns;
    }
}

// Helm asks for the Secrets in which it keeps its releases.
TEST(Acts, AListOfHelmReleasesIsNoListOfSecrets) {
    for (const auto& [selector, worst] :
         {std::pair{"?labelSelector=name%3Dweb%2Cowner%3Dhelm", Severity::Low},
          std::pair{"?labelSelector=owner%3D%3Dhelm", Severity::Low},
          std::pair{"?labelSelector=owner%21%3Dhelm", Severity::Medium},
          std::pair{"?labelSelector=owner%3Dhelmet", Severity::Medium},
          std::pair{"?fieldManager=owner%3Dhelm", Severity::Medium}, std::pair{"", Severity::Medium}}) {
        Cluster cluster;
        Deed lists{.verb = "list", .resource = "secrets", .ns = "pay", .name = ""};
        lists.uri = std::string("/api/v1/namespaces/pay/secrets") + selector;
        cluster.act({lists}, person("alice"), kGrant);
        EXPECT_EQ(cluster.worst("alice"), worst) << selector;
    }
}

}  // namespace
