// Whose right it is: grants of old and grants that were just made, and by whom.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

// A request that makes nobody suspicious comes first, from the thief's network, through the new grant or with
// his client; a home it is after three hours of such requests.
TEST(Grants, OneHarmlessRequestMakesNoHome) {
    struct Case {
        const char* what;
        std::string user, ip, agent, grant;
    };
    const std::string young =
        R"(RBAC: allowed by ClusterRoleBinding "fresh" of ClusterRole "x" to User "alice")";
    const std::string web = account("shop", "web", "web-0");
    for (const Case& one : {Case{"network", person("alice"), "203.0.113.7", "kubectl/v1.32.0", kGrant},
                            Case{"grant", person("alice"), "10.0.0.7", "kubectl/v1.32.0", young},
                            Case{"client", web, "10.0.0.7", "curl/8", kGrant}}) {
        for (const int hours : {1, 2, 3}) {
            Cluster cluster;
            Deed binds = create("clusterrolebindings", kRbac, "", "fresh");
            binds.user = person("bob"), binds.reason = kGrant;
            cluster.diary.at(kThen - 1, binds);
            Deed looks{.user = one.user, .agent = one.agent, .ip = one.ip, .reason = one.grant};
            for (int i = 0; i < hours; ++i) cluster.diary.at(kThen + i, looks);
            Deed exec = on_pod("exec", "pay"), reads = of_secret("get", "pay", "db");
            Deed ends = removes("namespaces", "", "pay", "pay");
            double at = kThen + hours;
            for (Deed deed : {reads, exec, ends}) {
                deed.user = one.user, deed.ip = one.ip, deed.agent = one.agent, deed.reason = one.grant;
                cluster.diary.at(at += kSecond, deed);
            }
            const Severity worst =
                cluster.worst(one.user == web ? "system:serviceaccount:shop:web" : "alice");
            EXPECT_EQ(worst, hours < 3 ? Severity::Critical : Severity::Medium) << one.what << hours;
        }
    }
}

const std::string kAll =
    R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" to Group "ops")";

// Who has all rights raises nobody by giving some in one namespace.
TEST(Grants, ABindingInOneNamespaceByWhoHasAllRightsIsLow) {
    struct Case {
        const char *what, *resource, *ns;
        std::string user, ip, grant;
        bool is_low;
    };
    const std::string in_one =
        R"(RBAC: allowed by RoleBinding "ops/shop" of ClusterRole "cluster-admin" to Group "ops")";
    for (const Case& one : {
             Case{"an admin", "rolebindings", "shop", person("alice"), "10.0.0.7", kAll, true},
             Case{"in kube-system", "rolebindings", "kube-system", person("alice"), "10.0.0.7", kAll, false},
             Case{"everywhere", "clusterrolebindings", "", person("alice"), "10.0.0.7", kAll, false},
             Case{"a role", "roles", "shop", person("alice"), "10.0.0.7", kAll, false},
             Case{"with other rights", "rolebindings", "shop", person("alice"), "10.0.0.7", kGrant, false},
             Case{"all rights in one namespace", "rolebindings", "shop", person("alice"), "10.0.0.7", in_one,
                  false},
             Case{"from elsewhere", "rolebindings", "shop", person("alice"), "203.0.113.7", kAll, false},
             Case{"a program", "rolebindings", "shop", account("shop", "web", "web-0"), "10.0.0.7", kAll,
                  false},
         }) {
        Cluster cluster;
        Deed binds = create(one.resource, kRbac, one.ns, "guest");
        binds.ip = one.ip;
        cluster.as_ever({binds}, one.user, one.grant);
        const std::string who = one.user == person("alice") ? "alice" : "system:serviceaccount:shop:web";
        EXPECT_EQ(cluster.worst(who) < Severity::Medium, one.is_low) << one.what;
    }
}

// The use of a grant that was made an hour ago by somebody at home, for somebody else; then what no colleague
// vouches for.
TEST(Grants, AGrantThatWasJustMadeForSomebodyIsUsedAsMeant) {
    const std::string in_pay =
        R"(RBAC: allowed by RoleBinding "moved/pay" of ClusterRole "edit" to User "alice")";
    const std::string everywhere =
        R"(RBAC: allowed by ClusterRoleBinding "moved" of ClusterRole "edit" to User "alice")";
    const std::string all =
        R"(RBAC: allowed by ClusterRoleBinding "moved" of ClusterRole "cluster-admin" to User "alice")";
    const std::string pod = pod_token("operator", "operator", "uid-1");
    const std::string bare = account("operator", "operator", "");
    const Deed deploys{.verb = "patch", .resource = "deployments", .group = "apps", .ns = "pay"};
    const Deed reads = of_secret("get", "pay", "db"), lists = of_secret("list", "", "");
    const Deed intercepts =
        create("validatingwebhookconfigurations", "admissionregistration.k8s.io", "", "operator");
    Deed runs = create("daemonsets", "apps", "pay", "x");
    runs.agent = "operator/1.0";
    struct Case {
        const char* what;
        std::string maker, ip, user, grant;
        Deed act;
        bool is_low;
    };
    for (const Case& one : {
             Case{"a colleague who moves", "bob", "10.0.0.7", person("alice"), in_pay, deploys, true},
             Case{"by herself", "alice", "10.0.0.7", person("alice"), in_pay, deploys, false},
             Case{"by a thief", "bob", "203.0.113.7", person("alice"), in_pay, deploys, false},
             Case{"everywhere", "bob", "10.0.0.7", person("alice"), everywhere, deploys, false},
             Case{"content of a Secret", "bob", "10.0.0.7", person("alice"), in_pay, reads, false},
             Case{"a command", "bob", "10.0.0.7", person("alice"), in_pay, on_pod("exec", "pay"), false},
             Case{"an operator's pod", "bob", "10.0.0.7", pod, everywhere, lists, true},
             Case{"its token elsewhere than in a pod", "bob", "10.0.0.7", bare, everywhere, lists, false},
             Case{"an operator's webhook", "bob", "10.0.0.7", pod, everywhere, intercepts, true},
             Case{"an operator's role", "bob", "10.0.0.7", pod, everywhere,
                  create("clusterroles", kRbac, "", "x"), false},
             Case{"an operator on every node", "bob", "10.0.0.7", pod, everywhere, runs, false},
             Case{"a thief's operator's webhook", "bob", "203.0.113.7", pod, everywhere, intercepts, false},
             Case{"with all rights", "bob", "10.0.0.7", pod, all, lists, false},
             Case{"of a thief's operator", "bob", "203.0.113.7", pod, everywhere, lists, false},
         }) {
        const bool is_wide = one.grant != in_pay;
        Deed binds =
            create(is_wide ? "clusterrolebindings" : "rolebindings", kRbac, is_wide ? "" : "pay", "moved");
        // What she makes every day makes no finding.
        Cluster cluster(one.maker == std::string("alice") ? std::optional(binds) : std::nullopt);
        binds.user = person(one.maker), binds.ip = one.ip, binds.reason = kGrant;
        cluster.diary.at(kThen, binds);
        Deed act = one.act;
        act.user = one.user, act.reason = one.grant;
        const auto told = [&] {  // in the finding about the installation, too
            uint64_t count = 0;
            for (const Finding& finding : cluster.pages()) count += finding.count;
            return count;
        };
        const uint64_t before = told();
        cluster.diary.at(kThen + 20, act);
        EXPECT_EQ(told() == before, one.is_low) << one.what;
    }
}

// What an operator that was just installed makes is told in the finding about who installed it, while that is
// open; what is no installation, and what a thief installed, has a finding of its own.
TEST(Grants, WhatANewProgramMakesIsAPartOfItsInstallation) {
    const std::string wide =
        R"(RBAC: allowed by ClusterRoleBinding "vm" of ClusterRole "vm" to ServiceAccount "vm/vm")";
    struct Case {
        const char* what;
        Deed act;
        double after;
        bool is_part;
        const char* maker_ip = "10.0.0.7";
    };
    for (const Case& one : {
             Case{"a role", create("clusterroles", kRbac, "", "vm-view"), 0.1, true},
             Case{"on every node", create("daemonsets", "apps", "vm", "handler"), 0.1, true},
             Case{"a command", on_pod("exec", "pay"), 0.1, false},
             Case{"a role, after hours", create("clusterroles", kRbac, "", "vm-view"), 23, true},
             Case{"what a thief's program makes", create("clusterroles", kRbac, "", "vm-view"), 0.1, false,
                  "203.0.113.7"},
         }) {
        Cluster cluster;
        Deed gives = create("clusterrolebindings", kRbac, "", "vm");
        gives.user = person("bob"), gives.reason = kAll, gives.ip = one.maker_ip;
        cluster.diary.at(kThen, gives);
        cluster.diary.restart();  // who made the grant is known over it
        cluster.as_ever({one.act}, pod_token("vm", "vm", "uid-1"), wide, kThen + one.after);
        const auto pages = cluster.pages();
        EXPECT_EQ(pages.size(), one.is_part ? 1U : 2U) << one.what;
        EXPECT_EQ(pages.at(0).who().user, "bob") << one.what;
        EXPECT_EQ(pages.at(0).summary.find(". Service account vm/vm created ") != std::string::npos,
                  one.is_part)
            << pages.at(0).summary;
    }
}

// A program that was installed an hour ago: in its own namespace, which was made with it, it does what it was
// installed for; what reaches further, and what somebody else does with its token, is told.
TEST(Grants, ANewProgramIsAloneInItsNewNamespace) {
    const std::string own =
        R"(RBAC: allowed by RoleBinding "runner/runner" of Role "runner" to ServiceAccount "runner/runner")";
    const std::string in_pay =
        R"(RBAC: allowed by RoleBinding "runner/pay" of Role "runner" to ServiceAccount "runner/runner")";
    const std::string pod = pod_token("runner", "runner", "uid-1"), bare = account("runner", "runner", "");
    struct Case {
        const char* what;
        std::string maker_ip, user, grant;
        Deed act;
        bool is_low;
    };
    for (const Case& one : {
             Case{"a job", "10.0.0.7", pod, own, create("pods", "", "runner", "job"), true},
             Case{"its Secret", "10.0.0.7", pod, own, create("secrets", "", "runner", "job"), true},
             Case{"a command in it", "10.0.0.7", pod, own, on_pod("exec", "runner"), true},
             Case{"on every node", "10.0.0.7", pod, own, create("daemonsets", "apps", "runner", "job"),
                  false},
             Case{"elsewhere", "10.0.0.7", pod, in_pay, on_pod("exec", "pay"), false},
             Case{"its token elsewhere than in a pod", "10.0.0.7", bare, own, on_pod("exec", "runner"),
                  false},
             Case{"a thief's program", "203.0.113.7", pod, own, on_pod("exec", "runner"), false},
         }) {
        Cluster cluster;
        Deed binds = create("rolebindings", kRbac, one.grant == own ? "runner" : "pay", "runner");
        Deed space = create("namespaces", "", "runner", "runner");
        double at = kThen;
        for (Deed deed : {space, binds}) {
            deed.user = person("bob"), deed.ip = one.maker_ip, deed.reason = kAll;
            cluster.diary.at(at += kSecond, deed);
        }
        Deed act = one.act;
        act.user = one.user, act.reason = one.grant, act.agent = "runner/17.0";
        const size_t before = cluster.pages().size();
        cluster.diary.at(kThen + 1, act);
        EXPECT_EQ(cluster.pages().size() == before, one.is_low) << one.what;
    }
}

// An operator that was just installed goes on with the installation: one finding of medium weight. A sequence
// it is when it reads others' Secrets and enters pods as well, or when a thief gave it its grant.
TEST(Grants, ANewOperatorGoesOnWithTheInstallation) {
    const std::string wide =
        R"(RBAC: allowed by ClusterRoleBinding "vm" of ClusterRole "vm" to ServiceAccount "vm/vm")";
    const std::vector<Deed> installs{
        create("clusterroles", kRbac, "", "vm-view"), create("clusterrolebindings", kRbac, "", "vm-view"),
        create("daemonsets", "apps", "vm", "handler"),
        create("validatingwebhookconfigurations", "admissionregistration.k8s.io", "", "vm")};
    const std::vector<Deed> robs{of_secret("patch", "pay", "db"), on_pod("exec", "pay"),
                                 removes("namespaces", "", "pay", "pay")};
    for (const bool is_thief : {false, true}) {
        for (const bool goes_on : {false, true}) {
            Cluster cluster;
            Deed binds = create("clusterrolebindings", kRbac, "", "vm");
            binds.user = person("bob"), binds.reason = kAll;
            if (is_thief) binds.ip = "203.0.113.7";
            cluster.diary.at(kThen, binds);
            std::vector<Deed> deeds = installs;
            if (goes_on) deeds.insert(deeds.end(), robs.begin(), robs.end());
            cluster.as_ever(deeds, pod_token("vm", "vm", "uid-1"), wide, kThen + 1);
            EXPECT_EQ(cluster.worst("system:serviceaccount:vm:vm") > Severity::Medium, is_thief || goes_on)
                << is_thief << goes_on;
        }
    }
}

// helm asks for an object before it makes it, and keeps a release in a Secret. Who finds what is there looks
// around; and a program whose grant a thief made installs nothing.
TEST(Grants, WhatIsAskedForBeforeItIsMadeBelongsToTheInstallation) {
    const std::string all =
        R"(RBAC: allowed by ClusterRoleBinding "vm" of ClusterRole "cluster-admin" to ServiceAccount "kube-system/vm")";
    struct Case {
        const char *what, *maker_ip;
        int code;
        bool is_page;
    };
    for (const Case& one : {
             Case{"not there yet", "10.0.0.7", 404, false},
             Case{"there", "10.0.0.7", 200, true},
             Case{"a thief's program", "203.0.113.7", 404, true},
         }) {
        Cluster cluster;
        Deed gives = create("clusterrolebindings", kRbac, "", "vm");
        gives.user = person("bob"), gives.reason = kAll, gives.ip = one.maker_ip;
        cluster.diary.at(kThen, gives);
        cluster.diary.restart();  // who made the grant is known over it
        std::vector<Deed> deeds{of_secret("create", "kube-system", "release.v1")};
        for (const char* resource : {"clusterroles", "clusterrolebindings"}) {
            const Deed makes = create(resource, kRbac, "", "vm-view");
            Deed asks = makes;
            asks.verb = "get", asks.code = one.code;
            deeds.insert(deeds.end(), {asks, makes});
        }
        deeds.push_back(create("daemonsets", "apps", "kube-system", "handler"));
        deeds.push_back(of_secret("update", "kube-system", "release.v1"));
        cluster.as_ever(deeds, pod_token("kube-system", "vm", "uid-1"), all, kThen + kSecond);
        EXPECT_EQ(cluster.worst("system:serviceaccount:kube-system:vm") > Severity::Medium, one.is_page)
            << one.what;
    }
}

// IAM of a cloud lets people through and names no grant: whoever comes by it for long is at home.
TEST(Grants, AnAuthorizerThatNamesNoGrantIsOfOld) {
    const std::string iam = "access granted by IAM permissions.";
    const std::vector<Deed> installs{
        create("serviceaccounts", "", "net", "net"), create("clusterroles", kRbac, "", "net"),
        create("clusterrolebindings", kRbac, "", "net"), create("daemonsets", "apps", "net", "net")};
    for (const bool is_thief : {false, true}) {
        Cluster cluster;
        for (int day = 1; day < 14; ++day)
            cluster.as_ever(std::vector<Deed>(6), person("kim"), iam, day * 24.0);
        std::vector<Deed> deeds = installs;
        for (Deed& deed : deeds) {
            if (is_thief) deed.ip = "203.0.113.7";
        }
        cluster.act(deeds, person("kim"), iam);
        EXPECT_EQ(cluster.worst("kim") > Severity::Medium, is_thief) << is_thief;
    }
}

// The adversary: a thief of a login who knows all of this, and looks at Pods for three hours, or every day
// for two weeks, before he acts. He is no page then. What he silences altogether is the daily kind of objects
// where he looked; whatever reads credentials, gives rights, runs commands, runs everywhere or destroys is
// told.
TEST(Grants, WhatPatienceSilencesIsBounded) {
    struct Case {
        const char* what;
        Deed act;
        bool is_silenced;
    };
    Deed token = create("serviceaccounts", "", "pay", "web");
    token.subresource = "token";
    for (const Case& one : {
             Case{"changes a Deployment", create("deployments", "apps", "pay", "web"), true},
             Case{"of another namespace", create("deployments", "apps", "red", "web"), false},
             Case{"of kube-system", create("deployments", "apps", "kube-system", "web"), false},
             Case{"a bare Pod", create("pods", "", "pay", "web"), false},
             Case{"on every node", create("daemonsets", "apps", "pay", "web"), false},
             Case{"a command", on_pod("exec", "pay"), false},
             Case{"a debug container", on_pod("ephemeralcontainers", "pay"), false},
             Case{"a Secret", of_secret("get", "pay", "db"), false},
             Case{"all Secrets", of_secret("list", "pay", ""), false},
             Case{"a token", token, false},
             Case{"rights", create("rolebindings", kRbac, "pay", "x"), false},
             Case{"rights everywhere", create("clusterrolebindings", kRbac, "", "x"), false},
             Case{"the end of a namespace", removes("namespaces", "", "pay", "pay"), false},
         }) {
        for (const auto& [hours, step] : {std::pair{3, 1.0}, std::pair{14, 24.0}}) {
            Cluster cluster;
            Deed looks{.user = person("alice"), .ip = "203.0.113.7", .reason = kGrant};
            looks.verb = "list", looks.name = "", looks.ns = "pay";
            for (int i = 0; i < hours; ++i) cluster.diary.at(kThen + i * step, looks);
            Deed act = one.act;
            act.user = person("alice"), act.ip = "203.0.113.7", act.reason = kGrant;
            cluster.diary.at(kThen + hours * step, act);
            EXPECT_EQ(cluster.worst("alice"), one.is_silenced ? Severity::Low : Severity::Medium)
                << one.what << " after " << hours;
        }
    }
}

}  // namespace
