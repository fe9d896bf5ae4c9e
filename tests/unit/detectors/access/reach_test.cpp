// What an actor at home reaches by an act that is new: little, and the same act where it reaches more.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

const std::string kSync = account("sync", "sync", "sync-0");
const std::string kSyncs = "system:serviceaccount:sync:sync";

Deed dry_run(Deed deed) {
    deed.uri = "/api/v1/x?dryRun=All";
    return deed;
}

// Who may do one thing every day may do the same in another way, there and with the same Secret.
TEST(Reach, AnotherWayToWhatIsAHabitIsLow) {
    struct Case {
        const char* what;
        Deed habit, act;
        Severity worst;
    };
    for (const Case& one : {
             Case{"attach there", on_pod("exec", "shop"), on_pod("attach", "shop"), Severity::Low},
             Case{"attach elsewhere", on_pod("exec", "shop"), on_pod("attach", "pay"), Severity::Medium},
             Case{"commands where she attaches", on_pod("attach", "shop"), on_pod("exec", "shop"),
                  Severity::Medium},
             Case{"a port where she runs commands", on_pod("exec", "shop"), on_pod("portforward", "shop"),
                  Severity::Medium},
             Case{"a port elsewhere", on_pod("exec", "shop"), on_pod("portforward", "pay"), Severity::Medium},
             Case{"commands where she forwards ports", on_pod("portforward", "shop"), on_pod("exec", "shop"),
                  Severity::Medium},
             Case{"a debug container where she runs commands", on_pod("exec", "shop"),
                  on_pod("ephemeralcontainers", "shop"), Severity::Medium},
             Case{"a change of the Secret that she reads", of_secret("get", "shop", "db"),
                  of_secret("patch", "shop", "db"), Severity::Low},
             Case{"of another Secret", of_secret("get", "shop", "db"), of_secret("patch", "shop", "root"),
                  Severity::Medium},
             Case{"a dry run of another Secret", of_secret("get", "shop", "db"),
                  dry_run(of_secret("patch", "shop", "root")), Severity::Low},
             Case{"a dry run elsewhere", of_secret("get", "shop", "db"),
                  dry_run(of_secret("patch", "pay", "root")), Severity::Medium},
             Case{"of its namesake elsewhere", of_secret("get", "shop", "db"),
                  of_secret("patch", "pay", "db"), Severity::Medium},
             Case{"a look at the Secret that she changes", of_secret("patch", "shop", "db"),
                  of_secret("get", "shop", "db"), Severity::Low},
             Case{"all Secrets, of which she changes one", of_secret("patch", "shop", "db"),
                  of_secret("list", "shop", ""), Severity::Medium},
             Case{"a watch of what she lists", of_secret("list", "shop", ""), of_secret("watch", "shop", ""),
                  Severity::Low},
             Case{"a watch of the whole cluster", of_secret("list", "shop", ""), of_secret("watch", "", ""),
                  Severity::Medium},
         }) {
        Cluster cluster(one.habit);
        cluster.act({one.act}, person("alice"), kGrant);
        EXPECT_EQ(cluster.worst("alice"), one.worst) << one.what;
    }
}

// A program that reads a Secret and then changes it does what it never did.
TEST(Reach, OnlyAPersonChangesWhatHeReads) {
    Cluster cluster;
    Deed reads = of_secret("get", "shop", "db");
    reads.user = account("shop", "web", "web-0"), reads.reason = kGrant;
    cluster.diary.through(kThen, kThen + 100, 5, reads);
    cluster.as_ever({of_secret("patch", "shop", "db")}, reads.user, kGrant, kThen + 400);
    EXPECT_EQ(cluster.worst("system:serviceaccount:shop:web"), Severity::Medium);
}

TEST(Reach, WhatIsInANamespaceThatWasJustMadeIsLow) {
    struct Case {
        const char *resource, *group;
        Severity worst;
    };
    Deed space = create("namespaces", "", "wiki", "wiki");
    for (const double days : {0.5, 2.0}) {
        for (const Case& one : {
                 Case{"serviceaccounts", "", Severity::Low},
                 Case{"secrets", "", Severity::Low},
                 Case{"deployments", "apps", Severity::Low},
                 Case{"cronjobs", "batch", Severity::Low},
                 Case{"rolebindings", "rbac.authorization.k8s.io", Severity::Low},
                 Case{"pods", "", Severity::Low},
                 Case{"daemonsets", "apps", Severity::Medium},
             }) {
            Cluster cluster;
            cluster.act({space}, person("alice"), kGrant);
            cluster.diary.restart();  // when it was made is known over it
            cluster.act({create(one.resource, one.group, "wiki", "wiki")}, person("alice"), kGrant,
                        kThen + days * 24);
            const bool is_fresh = days < 1 || std::string_view(one.resource) == "secrets";  // of least weight
            EXPECT_EQ(cluster.worst("alice"), is_fresh ? one.worst : Severity::Medium)
                << one.resource << " after " << days;
        }
    }
}

// The same namespace made by a patch with code 201, its Secret too, and its end; then what reaches further.
TEST(Reach, AnApplicationIsAppliedByTheServerAndRemoved) {
    Cluster cluster;
    const auto apply = [](const char* resource, const char* ns) {
        Deed deed{.verb = "patch", .resource = resource, .ns = ns, .name = "loyalty", .code = 201};
        return deed;
    };
    const double at = cluster.as_ever(
        {apply("namespaces", "loyalty"), apply("secrets", "loyalty"), apply("serviceaccounts", "loyalty"),
         removes("namespaces", "", "loyalty", "loyalty")},
        kSync, kGrant);
    EXPECT_EQ(cluster.worst(kSyncs), Severity::Low);
    Deed changes = of_secret("patch", "loyalty", "loyalty");  // answers with its content
    cluster.as_ever({changes}, kSync, kGrant, at);
    EXPECT_EQ(cluster.worst(kSyncs), Severity::Medium);
}

// From elsewhere the fresh namespace explains nothing, and a harmless request that comes first makes no home.
TEST(Reach, AFreshNamespaceOfAThiefIsNoExcuse) {
    Cluster cluster;
    std::vector<Deed> deeds{create("namespaces", "", "x", "x"), create("serviceaccounts", "", "x", "x"),
                            create("rolebindings", "rbac.authorization.k8s.io", "x", "x"),
                            create("deployments", "apps", "x", "x")};
    for (Deed& deed : deeds) deed.ip = "203.0.113.7";
    cluster.act(deeds, person("alice"), kGrant);
    EXPECT_GE(cluster.worst("alice"), Severity::Medium);
}

TEST(Reach, OneObjectThatIsMadeAgainIsRemoved) {
    struct Case {
        const char* what;
        std::string user;
        Deed act;
        Severity worst;
    };
    const Deed node = removes("nodes", "", "", "n1"), set = removes("statefulsets", "apps", "red", "db"),
               secret = removes("secrets", "", "red", "db"),
               claim = removes("persistentvolumeclaims", "", "red", "data"),
               system = removes("statefulsets", "apps", "kube-system", "db");
    Deed all = set;
    all.verb = "deletecollection", all.name = "";
    for (const Case& one : {
             Case{"a node, by a person", person("alice"), node, Severity::Low},
             Case{"a node, by a program", kSync, node, Severity::Medium},
             Case{"a set, by a person", person("alice"), set, Severity::Medium},
             Case{"a set, by who applies many kinds", kSync, set, Severity::Low},
             Case{"a Secret", kSync, secret, Severity::Medium},
             Case{"a volume", kSync, claim, Severity::Medium},
             Case{"of kube-system", kSync, system, Severity::Medium},
             Case{"all of them", kSync, all, Severity::Medium},
         }) {
        Cluster cluster;
        double at = kThen - 100;
        for (const auto& [resource, group] : {std::pair{"services", ""}, std::pair{"configmaps", ""},
                                              std::pair{"ingresses", "networking.k8s.io"}}) {
            Deed deed = create(resource, group, "red", "app");
            deed.user = kSync, deed.reason = kGrant;
            cluster.diary.at(at += 1, deed);
        }
        cluster.as_ever({one.act}, one.user, kGrant);
        EXPECT_EQ(cluster.worst(one.user == kSync ? kSyncs : "alice"), one.worst) << one.what;
    }
}

// A program that writes a Secret day by day removes it with the rest of the application; not one of another
// name, nor one that it only reads.
TEST(Reach, ASecretIsRemovedByWhoKeepsIt) {
    struct Case {
        const char *does, *removed;
        Severity worst;
    };
    for (const Case& one : {Case{"patch", "db", Severity::Low}, Case{"patch", "api", Severity::Medium},
                            Case{"get", "db", Severity::Medium}}) {
        Deed daily = of_secret(one.does, "red", "db");
        daily.user = kSync;
        Cluster cluster({}, {daily});
        for (const auto& [resource, group] : {std::pair{"services", ""}, std::pair{"configmaps", ""},
                                              std::pair{"ingresses", "networking.k8s.io"}}) {
            cluster.as_ever({create(resource, group, "red", "app")}, kSync, kGrant, kThen - 100);
        }
        cluster.as_ever({removes("secrets", "", "red", one.removed)}, kSync, kGrant);
        Severity worst = Severity::Info;
        for (const Finding& finding : cluster.diary.told()) {
            if (finding.verb == "delete") worst = std::max(worst, finding.severity);
        }
        EXPECT_EQ(worst, one.worst) << one.does << " " << one.removed;
    }
}

// Events, Leases and reviews are written by every program: they make no deployer.
TEST(Reach, WhatEveryProgramWritesMakesNoDeployer) {
    for (const bool applies : {true, false}) {
        Cluster cluster;
        double at = kThen - 100;
        for (const auto& [resource, group] :
             {std::pair{"services", ""}, std::pair{applies ? "configmaps" : "events", ""},
              std::pair{applies ? "ingresses" : "leases",
                        applies ? "networking.k8s.io" : "coordination.k8s.io"}}) {
            Deed deed = create(resource, group, "red", "app");
            deed.user = kSync, deed.reason = kGrant;
            cluster.diary.at(at += 1, deed);
        }
        cluster.as_ever({create("jobs", "batch", "pay", "report")}, kSync, kGrant);
        EXPECT_EQ(cluster.worst(kSyncs), applies ? Severity::Low : Severity::Medium);
    }
}

// A person at home asks what he may; from elsewhere, or as a program, it is a step.
TEST(Reach, AQuestionForOnesRightsIsLowAtHome) {
    struct Case {
        const char* what;
        std::string user, ip;
        bool is_low;
    };
    for (const Case& one : {Case{"at home", person("alice"), "10.0.0.7", true},
                            Case{"elsewhere", person("alice"), "203.0.113.7", false},
                            Case{"a program", account("shop", "web", "web-0"), "10.0.0.7", false}}) {
        Cluster cluster;
        Deed asks = create("selfsubjectrulesreviews", "authorization.k8s.io", "", "");
        asks.ip = one.ip, asks.user = one.user, asks.reason = kGrant;
        cluster.diary.at(kThen, asks);
        const std::string who = one.user == person("alice") ? "alice" : "system:serviceaccount:shop:web";
        EXPECT_EQ(cluster.worst(who) < Severity::Medium, one.is_low) << one.what;
    }
}

// Each time in another namespace: the fourth on one day goes around.
TEST(Reach, WhoAsksForHisRightsInManyNamespacesIsTold) {
    for (const double step : {1.0, 30.0}) {
        Cluster cluster;
        Deed asks = create("selfsubjectrulesreviews", "authorization.k8s.io", "", "");
        asks.user = person("alice"), asks.reason = kGrant;
        for (int i = 0; i < 3; ++i) cluster.diary.at(kThen + i * step, asks);
        EXPECT_EQ(cluster.worst("alice"), Severity::Low);
        cluster.diary.at(kThen + 3 * step, asks);
        EXPECT_EQ(cluster.worst("alice"), step > 24 ? Severity::Low : Severity::Medium);
    }
}

TEST(Reach, ASecretThatIsNotThereShowsNothing) {
    for (const int code : {404, 200}) {
        Cluster cluster;
        Deed asks = of_secret("get", "pay", "site-tls");
        asks.code = code;
        cluster.act({asks}, person("alice"), kGrant);
        EXPECT_EQ(cluster.worst("alice"), code == 404 ? Severity::Low : Severity::Medium);
    }
}

// Whose Secrets a person reads by hand on several days, by name.
TEST(Reach, OneMoreSecretOfANamespaceIsLow) {
    Cluster cluster(of_secret("get", "shop", "db"));
    cluster.act({of_secret("get", "shop", "queue")}, person("alice"), kGrant);
    EXPECT_EQ(cluster.worst("alice"), Severity::Low);
    cluster.act({of_secret("get", "pay", "queue")}, person("alice"), kGrant, kThen + 30);
    EXPECT_EQ(cluster.worst("alice"), Severity::Medium);
    Cluster other(of_secret("get", "shop", "db"));
    other.act({of_secret("list", "shop", "")}, person("alice"), kGrant);
    EXPECT_EQ(other.worst("alice"), Severity::Medium);
}

TEST(Reach, APersonWorksWhereHeLooksDaily) {
    for (const char* where : {"stage", "pay"}) {
        Cluster cluster(Deed{.verb = "list", .resource = "pods", .ns = "stage", .name = ""});
        cluster.act({{.verb = "patch", .resource = "deployments", .group = "apps", .ns = where}},
                    person("alice"), kGrant);
        EXPECT_EQ(cluster.worst("alice"), where == std::string("stage") ? Severity::Low : Severity::Medium);
    }
}

TEST(Reach, TheCertificateOfANodeIsApproved) {
    struct Case {
        const char* what;
        std::string user;
        const char* name;
        double hours;
        Severity worst;
    };
    const std::string node =
        R"({"username":"system:node:n1","groups":["system:nodes","system:authenticated"]})";
    for (const Case& one : {
             Case{"a node's", node, "csr-1", 1, Severity::Low},
             Case{"a node's of long ago", node, "csr-1", 25, Severity::Medium},
             Case{"another", node, "csr-2", 1, Severity::Medium},
             Case{"a person's", person("bob"), "csr-1", 1, Severity::Medium},
         }) {
        Cluster cluster;
        Deed asks = create("certificatesigningrequests", "certificates.k8s.io", "", "csr-1");
        asks.user = one.user;
        cluster.diary.at(kThen, asks);
        cluster.diary.restart();
        Deed approves = create("certificatesigningrequests", "certificates.k8s.io", "", one.name);
        approves.verb = "update", approves.subresource = "approval", approves.code = 200;
        cluster.as_ever({approves}, person("alice"), kGrant, kThen + one.hours);
        EXPECT_EQ(cluster.worst("alice"), one.worst) << one.what;
    }
}

const std::string kAllRightsOfOld =
    R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" to ServiceAccount "keeper/ops")";
const std::string kKeeper = account("ops", "keeper", "keeper-0");

// What the program does after six days of `habit`.
Severity after_days_of(Deed habit, const Deed& act, const std::string& grant,
                       const std::string& user = kKeeper) {
    Cluster cluster;
    habit.user = user, habit.reason = grant;
    cluster.diary.through(kThen, kThen + 150, 2, habit);
    cluster.as_ever({act}, user, grant, kThen + 151);
    return cluster.worst(user == kKeeper ? "system:serviceaccount:ops:keeper" : "alice");
}

Deed changed(const char* verb, const char* resource, const std::string& group, const char* ns) {
    return {.verb = verb, .resource = resource, .group = group, .ns = ns, .name = "part"};
}

Deed elsewhere(Deed deed) {
    deed.ip = "203.0.113.9";
    return deed;
}

Deed by_curl(Deed deed) {
    deed.agent = "curl/8.5.0";
    return deed;
}

TEST(Reach, AnOperatorOfOldWithAllRightsKeepsWhatItLooksAfter) {
    const Deed lease = changed("update", "leases", "coordination.k8s.io", "ops");
    const Deed role_ = changed("patch", "clusterroles", kRbac, "");
    const struct {
        const char* what;
        Deed act;
        bool is_low = true;
        std::string grant = kAllRightsOfOld, user = kKeeper;
    } kCases[] = {
        {"a role", role_},
        {"a binding", changed("update", "clusterrolebindings", kRbac, "")},
        {"what runs on every node", changed("update", "daemonsets", "apps", "kube-system")},
        {"a Secret that it sends whole", of_secret("update", "pay", "db")},
        {"a Secret by patch", of_secret("patch", "pay", "db"), false},
        {"a new role", create("clusterroles", kRbac, "", "x"), false},
        {"one that it applies anew",
         [&] {
             Deed deed = role_;
             deed.code = 201;
             return deed;
         }(),
         false},
        {"a look at Secrets", of_secret("list", "pay", ""), false},
        {"a command", on_pod("exec", "pay"), false},
        {"from elsewhere, with another client", by_curl(elsewhere(role_)), false},
        {"with another client", by_curl(role_), false},
        {"with other rights", role_, false, kGrant},
        {"a token that is bound to no Pod", role_, false, kAllRightsOfOld, account("ops", "keeper", "")},
    };
    for (const auto& one : kCases) {
        Cluster cluster;
        Deed habit = lease;
        habit.user = one.user, habit.reason = one.grant;
        cluster.diary.through(kThen, kThen + 150, 2, habit);
        cluster.as_ever({one.act}, one.user, one.grant, kThen + 151);
        EXPECT_EQ(cluster.worst("system:serviceaccount:ops:keeper") < Severity::Medium, one.is_low)
            << one.what;
    }
}

TEST(Reach, AProvisionerMakesVolumes) {
    Deed claims = changed("watch", "persistentvolumeclaims", "", "");
    const Deed volume = create("persistentvolumes", "", "", "pvc-1");
    Deed pods = claims;
    pods.resource = "pods";
    EXPECT_LT(after_days_of(claims, volume, kGrant), Severity::Medium);
    EXPECT_GE(after_days_of(pods, volume, kGrant), Severity::Medium) << "it watches no claims";
    EXPECT_GE(after_days_of(claims, elsewhere(volume), kGrant), Severity::Medium);
    EXPECT_GE(after_days_of(claims, by_curl(volume), kGrant), Severity::Medium);
    EXPECT_GE(after_days_of(claims, create("clusterroles", kRbac, "", "x"), kGrant), Severity::Medium);
    EXPECT_GE(after_days_of(claims, volume, kGrant, person("alice")), Severity::Medium) << "a person";
}

TEST(Reach, AScalerRemovesNodes) {
    const Deed nodes = changed("watch", "nodes", "", ""), pods = changed("watch", "pods", "", "");
    const Deed node = removes("nodes", "", "", "n-1");
    Deed all = node;
    all.verb = "deletecollection", all.name = "";
    EXPECT_LT(after_days_of(nodes, node, kGrant), Severity::Medium);
    EXPECT_GE(after_days_of(pods, node, kGrant), Severity::Medium) << "it watches no nodes";
    EXPECT_GE(after_days_of(nodes, all, kGrant), Severity::Medium) << "all at once";
    EXPECT_GE(after_days_of(nodes, elsewhere(node), kGrant), Severity::Medium);
    EXPECT_GE(after_days_of(nodes, by_curl(node), kGrant), Severity::Medium);
    EXPECT_GE(after_days_of(nodes, create("persistentvolumes", "", "", "pvc-1"), kGrant), Severity::Medium);
}

// What such a workload reaches is in its body, which rules judge.
TEST(Reach, AProgramWorksInItsOwnNamespace) {
    const std::string web = account("shop", "web", "web-0");
    const auto daemon = [](const char* ns) { return create("daemonsets", "apps", ns, "driver"); };
    struct Case {
        const char* what;
        std::string user;
        Deed act;
        bool is_low;
    };
    Deed elsewhere = daemon("sync"), by_curl = daemon("sync");
    elsewhere.ip = "10.3.0.9", by_curl.agent = "curl/8.5.0";
    for (const Case& one : {
             Case{"its own", kSync, daemon("sync"), true},
             Case{"another", kSync, daemon("shop"), false},
             Case{"who never applies anything", web, daemon("shop"), false},
             Case{"from elsewhere", kSync, elsewhere, false},
             Case{"with another client", kSync, by_curl, false},
             Case{"a bare Pod", kSync, create("pods", "", "sync", "driver"), false},
             Case{"a change of rights", kSync, create("roles", kRbac, "sync", "driver"), false},
         }) {
        Cluster cluster;
        const std::string name = one.user == web ? "system:serviceaccount:shop:web" : std::string(kSyncs);
        cluster.as_ever({one.act}, one.user, kGrant);
        EXPECT_EQ(cluster.worst(name) < Severity::Medium, one.is_low) << one.what;
    }
}

// What was told at low, at home, hides nothing that is done elsewhere.
TEST(Reach, TheSameFromElsewhereIsTold) {
    const Deed daemon = create("daemonsets", "apps", "sync", "driver");
    Deed theft = daemon;
    theft.ip = "10.3.0.9", theft.agent = "curl/8.5.0";
    Cluster cluster;
    cluster.as_ever({daemon}, kSync, kGrant);
    ASSERT_EQ(cluster.worst(kSyncs), Severity::Low);
    cluster.as_ever({theft}, kSync, kGrant, kThen + 2);
    EXPECT_GE(cluster.worst(kSyncs), Severity::Medium);
}

}  // namespace
