// Installers: Pods that somebody with all rights has just started, and controllers that have had them for
// long.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

const std::string kOps =
    R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" to Group "ops")";
const std::string kOfInstaller =
    R"(RBAC: allowed by ClusterRoleBinding "helm" of ClusterRole "cluster-admin" to ServiceAccount "helm/charts")";
const std::string kInstaller = "system:serviceaccount:charts:helm";

// The account "helm" of namespace charts, by the token of a Pod.
std::string helm_in(const std::string& pod) {
    return R"({"username":")" + kInstaller +
           R"(","uid":"u-9","groups":["system:serviceaccounts","system:authenticated"],"extra":{)" +
           R"("authentication.kubernetes.io/pod-name":[")" + pod +
           R"("],"authentication.kubernetes.io/pod-uid":["uid-9"]}})";
}

Deed of_release(const char* verb, const char* ns = "edge") {
    return of_secret(verb, ns, "sh.helm.release.v1.edge.v1");
}
Deed releases(const char* selector) {
    Deed deed = of_secret("list", "edge", "");
    deed.uri = std::string("/api/v1/namespaces/edge/secrets?labelSelector=") + selector;
    return deed;
}

std::vector<Deed> chart() {
    return {releases("owner%3Dhelm"),
            releases("name%3Dedge%2Cowner%3Dhelm"),
            of_release("create"),
            create("serviceaccounts", "", "edge", "edge"),
            create("clusterroles", kRbac, "", "edge"),
            create("clusterrolebindings", kRbac, "", "edge"),
            create("daemonsets", "apps", "edge", "edge"),
            create("deployments", "apps", "edge", "edge"),
            of_release("get"),
            of_release("update"),
            of_release("delete")};
}

Deed job(const char* name = "install-edge", const char* ns = "charts") {
    return create("jobs", "batch", ns, name);
}

struct Start {
    const char* what;
    Deed made = job();
    std::string maker = person("bob"), grant = kOps, pod = "install-edge-x7k2p";
    const char* maker_ip = "10.0.0.7";
    double after = 10 * kSecond;
    std::vector<Deed> more = {};
};

Severity worst_of(const Start& start) {
    Cluster cluster;
    Deed made = start.made;
    made.user = start.maker, made.reason = start.grant, made.ip = start.maker_ip;
    if (!made.verb.empty()) cluster.diary.at(kThen, made);
    cluster.diary.restart();  // who started it is known over it
    std::vector<Deed> deeds = chart();
    deeds.insert(deeds.end(), start.more.begin(), start.more.end());
    for (Deed& deed : deeds) deed.agent = "Helm/3.17.0";
    cluster.as_ever(deeds, helm_in(start.pod), kOfInstaller, kThen + start.after);
    return cluster.worst(kInstaller);
}

TEST(Started, AnInstallersPodInstalls) {
    Start pod{.what = "a Pod", .pod = "helm-operation"};
    pod.made = create("pods", "", "charts", "helm-operation");
    Start masters{.what = "the distribution, on the API server's host"};
    masters.maker = R"({"username":"system:distribution","groups":["system:masters"]})";
    masters.grant = "", masters.maker_ip = "127.0.0.1";
    for (const Start& start : {Start{.what = "a Job"}, pod, masters})
        EXPECT_LE(worst_of(start), Severity::Medium) << start.what;
}

TEST(Started, WhatNobodyWithAllRightsAtHomeStartedInstallsNothing) {
    Deed failed = job(), exec = create("pods", "", "charts", "install-edge");
    failed.code = 409, exec.subresource = "exec", exec.code = 101;
    for (const Start& start : {
             Start{.what = "nobody", .made = Deed{.verb = ""}},
             Start{.what = "by a thief", .maker_ip = "203.0.113.7"},
             Start{.what = "with less than all rights", .grant = kGrant},
             Start{.what = "another Job", .made = job("install-other")},
             Start{.what = "in another namespace", .made = job("install-edge", "shop")},
             Start{.what = "an hour ago", .after = 1.0},
             Start{.what = "it was there", .made = failed},
             Start{.what = "a command in it", .made = exec},
             Start{.what = "of another group",
             .made = create("jobs", "example.io", "charts", "install-edge")},
         })
        EXPECT_GT(worst_of(start), Severity::Medium) << start.what;
}

// What an installer installed begins its work.
TEST(Started, WhatAnInstallerInstalledBeginsItsWork) {
    const std::string wide =
        R"(RBAC: allowed by ClusterRoleBinding "edge" of ClusterRole "edge" to ServiceAccount "edge/edge")";
    for (const bool is_thief : {false, true}) {
        Cluster cluster;
        Deed made = job();
        made.user = person("bob"), made.reason = kOps, made.ip = is_thief ? "203.0.113.7" : "10.0.0.7";
        cluster.diary.at(kThen, made);
        std::vector<Deed> deeds = chart();
        for (Deed& deed : deeds) deed.agent = "Helm/3.17.0";
        cluster.as_ever(deeds, helm_in("install-edge-x7k2p"), kOfInstaller, kThen + 0.01);
        Deed lists = of_secret("list", "", ""), role = create("clusterroles", kRbac, "", "edge-view");
        lists.agent = role.agent = "edge/3";
        cluster.as_ever({lists}, pod_token("edge", "edge", "uid-2"), wide, kThen + 0.1);
        EXPECT_EQ(cluster.worst("system:serviceaccount:edge:edge") < Severity::Medium, !is_thief);
        // What it makes is told of who started the installer.
        cluster.as_ever({role}, pod_token("edge", "edge", "uid-2"), wide, kThen + 0.2);
        EXPECT_EQ(cluster.worst("system:serviceaccount:edge:edge") < Severity::Medium, !is_thief);
    }
}

// A habit of the hour is noted by each name.
TEST(Started, EachOfManyJobsOfAnHourIsKnown) {
    Cluster cluster;
    for (double hour = 24; hour < kThen; hour += 24)
        cluster.as_ever({job("other")}, person("bob"), kOps, hour);
    cluster.as_ever({job("other"), job("one-more"), job()}, person("bob"), kOps);
    std::vector<Deed> deeds = chart();
    for (Deed& deed : deeds) deed.agent = "Helm/3.17.0";
    cluster.as_ever(deeds, helm_in("install-edge-x7k2p"), kOfInstaller, kThen + 0.01);
    EXPECT_LE(cluster.worst(kInstaller), Severity::Medium);
}

TEST(Started, WhoeverElseMakesItTakesThatAway) {
    Cluster cluster;
    for (const bool is_admin : {true, false}) {
        Deed made = job();
        made.user = person(is_admin ? "bob" : "carol"), made.reason = is_admin ? kOps : kGrant;
        cluster.diary.at(kThen + (is_admin ? 0 : kSecond), made);
    }
    std::vector<Deed> deeds = chart();
    for (Deed& deed : deeds) deed.agent = "Helm/3.17.0";
    cluster.as_ever(deeds, helm_in("install-edge-x7k2p"), kOfInstaller, kThen + 0.01);
    EXPECT_GT(cluster.worst(kInstaller), Severity::Medium);
}

// What no installation does stays what it is.
TEST(Started, AnInstallerThatReadsSecretsOrTakesACredentialIsTold) {
    Deed token = create("serviceaccounts", "", "kube-system", "controller");
    token.subresource = "token";
    const Deed csr = create("certificatesigningrequests", "certificates.k8s.io", "", "eve");
    for (const Start& start : {
             Start{.what = "all Secrets", .more = {of_secret("list", "", "")}},
             Start{.what = "Secrets and a token", .more = {of_secret("get", "pay", "db"), token}},
             Start{.what = "a certificate, and a command", .more = {csr, on_pod("exec", "pay")}},
         })
        EXPECT_GT(worst_of(start), Severity::Medium) << start.what;
}

// A platform's controller: it has had all rights for two weeks, and installs for the first time.
TEST(Started, AControllerThatHasLongHadAllRightsInstalls) {
    const auto worst = [](const std::string& grant, const char* agent, bool is_new = false) {
        const std::string user = helm_in("controller-0");
        Cluster cluster;
        for (int i = 0; i < 3; ++i)
            cluster.as_ever({{.verb = "list", .agent = "charts/1.0"}}, user, grant, kThen - 60 + 20 * i);
        std::vector<Deed> deeds = chart();
        for (Deed& deed : deeds) deed.agent = agent;
        cluster.as_ever(deeds, is_new ? account("charts", "other", "other-0") : user, grant);
        return cluster.worst(is_new ? "system:serviceaccount:charts:other" : kInstaller);
    };
    EXPECT_LE(worst(kOfInstaller, "charts/1.0"), Severity::Medium);
    EXPECT_GT(worst(kOfInstaller, "curl/8"), Severity::Medium) << "with another client";
    EXPECT_GT(worst(kGrant, "charts/1.0"), Severity::Medium) << "with less than all rights";
    EXPECT_GT(worst(kOfInstaller, "charts/1.0", true), Severity::Medium) << "an account that is new";
}

// A new program's DaemonSet, in whatever namespace, is a part of what was installed by somebody at home.
TEST(Started, ANewOperatorsDaemonInAnotherNamespaceIsAPartOfItsInstallation) {
    const std::string wide =
        R"(RBAC: allowed by ClusterRoleBinding "vm" of ClusterRole "vm" to ServiceAccount "vm/vm")";
    for (const bool is_thief : {false, true}) {
        Cluster cluster;
        Deed gives = create("clusterrolebindings", kRbac, "", "vm");
        gives.user = person("bob"), gives.reason = kOps, gives.ip = is_thief ? "203.0.113.7" : "10.0.0.7";
        cluster.diary.at(kThen, gives);
        cluster.act({create("daemonsets", "apps", "kube-system", "handler"),
                     create("daemonsets", "apps", "vm", "handler")},
                    pod_token("vm", "vm", "uid-1"), wide, kThen + 1);
        Severity worst = Severity::Info;
        for (const Finding& finding : cluster.pages()) worst = std::max(worst, finding.severity);
        EXPECT_EQ(worst > Severity::Medium, is_thief);
    }
}

}  // namespace
