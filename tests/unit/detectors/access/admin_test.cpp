// What persons with all rights do because it is their role, and the same acts of others, from elsewhere, or
// with more in reach.
#include <gmock/gmock.h>

#include "detectors/access/remark.h"
#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

const std::string kAll =
    R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" to Group "ops")";
const std::string kRoot = R"({"username":"kubernetes-admin","groups":["kubeadm:cluster-admins"]})";

Deed changes(const char* resource, const std::string& group, const char* ns, const char* name,
             const std::string& body = "") {
    return {.verb = "patch", .resource = resource, .group = group, .ns = ns, .name = name, .body = body};
}

Deed from(Deed deed, const char* ip) {
    deed.ip = ip;
    return deed;
}

// kubeadm on a host of the control plane, under a name that nobody has seen: it changes what is there.
TEST(Admin, WhoeverIsOnAHostOfTheControlPlaneKeepsTheCluster) {
    const Deed binding = changes("clusterrolebindings", kRbac, "", "kubeadm:node-autoapprove-bootstrap");
    const Deed config = changes("configmaps", "", "kube-system", "kubeadm-config");
    Deed looks = config, conflicts = create("clusterroles", kRbac, "", "system:coredns");
    looks.verb = "get", conflicts.code = 409;
    const Deed job = create("jobs", "batch", "kube-system", "upgrade-health-check");
    struct Case {
        const char* what;
        Deed act;
        std::string grant;
        bool is_low;
    };
    for (const Case& one : {
             Case{"a binding that is there", from(binding, "10.9.0.2"), kAll, true},
             Case{"over loopback", from(binding, "127.0.0.1"), kAll, true},
             Case{"a look", from(looks, "10.9.0.2"), kAll, true},
             Case{"configuration", from(config, "10.9.0.2"), kAll, true},
             Case{"a role that is there already", from(conflicts, "10.9.0.2"), kAll, true},
             Case{"a job", from(job, "10.9.0.2"), kAll, true},
             Case{"a Secret that he sends whole", from(of_secret("update", "kube-system", "x"), "10.9.0.2"),
                  kAll, true},
             Case{"the same from another host", from(of_secret("update", "kube-system", "x"), "10.9.0.3"),
                  kAll, false},
             Case{"from another host", from(binding, "10.9.0.3"), kAll, false},
             Case{"a look at the configuration on a node", from(looks, "10.9.0.4"), kAll, true},
             Case{"a change of it on a node", from(config, "10.9.0.4"), kAll, false},
             Case{"a look at it elsewhere", from(looks, "10.9.0.3"), kAll, false},
             Case{"a look at a Secret on a node", from(of_secret("get", "kube-system", "x"), "10.9.0.4"),
                  kAll, false},
             Case{"with other rights", from(binding, "10.9.0.2"), kGrant, false},
             Case{"a new binding", from(create("clusterrolebindings", kRbac, "", "x"), "10.9.0.2"), kAll,
                  false},
             Case{"on every node", from(create("daemonsets", "apps", "kube-system", "x"), "10.9.0.2"), kAll,
                  false},
             Case{"all Secrets", from(of_secret("list", "", ""), "10.9.0.2"), kAll, false},
             Case{"a Secret", from(of_secret("patch", "pay", "db"), "10.9.0.2"), kAll, false},
             Case{"a command", from(on_pod("exec", "pay"), "10.9.0.2"), kAll, false},
             Case{"a guard of the cluster",
                  from(changes("validatingwebhookconfigurations", "admissionregistration.k8s.io", "", "x"),
                       "10.9.0.2"),
                  kAll, false},
             Case{"the end of a namespace", from(removes("namespaces", "", "pay", "pay"), "10.9.0.2"), kAll,
                  false},
         }) {
        Cluster cluster;
        const Deed leads{.user = R"({"username":"system:kube-scheduler"})",
                         .verb = "update",
                         .resource = "leases",
                         .ns = "kube-system",
                         .ip = "10.9.0.2"};
        const Deed proxies{.user = R"({"username":"system:kube-proxy"})", .verb = "list", .ip = "10.9.0.3"};
        cluster.diary.at(kThen - 1, leads);
        cluster.diary.at(kThen - 1, proxies);
        cluster.diary.at(kThen - 1, {.user = R"({"username":"system:node:n4","groups":["system:nodes"]})",
                                     .agent = "kubelet/v1.32.0",
                                     .ip = "10.9.0.4"});
        cluster.diary.restart();  // where the control plane works is known over it
        cluster.act({one.act}, kRoot, one.grant);
        EXPECT_EQ(cluster.worst("kubernetes-admin") < Severity::Medium, one.is_low) << one.what;
    }
}

// A distribution brings a part of itself, under a name that nobody has seen: one installation. The same from
// elsewhere, and what no installation does on the host, are none.
TEST(Admin, WhatIsInstalledOnAHostOfTheControlPlaneIsOneInstallation) {
    const std::vector<Deed> part = {
        create("customresourcedefinitions", "apiextensions.k8s.io", "", "things.example.com"),
        create("serviceaccounts", "", "kube-system", "part"),
        create("clusterroles", kRbac, "", "part"),
        create("clusterrolebindings", kRbac, "", "part"),
        create("deployments", "apps", "kube-system", "part"),
        create("daemonsets", "apps", "kube-system", "part"),
    };
    // By the group alone: no binding shows for how long it may.
    const std::string masters = R"({"username":"installer","groups":["system:masters"]})";
    const auto acts_of = [&](const std::string& name, const std::string& user, const std::string& grant,
                             const char* ip, const std::vector<Deed>& more) {
        Cluster cluster;
        std::vector<Deed> acts = part;
        acts.insert(acts.end(), more.begin(), more.end());
        for (Deed& act : acts) act.ip = ip;
        cluster.act(acts, user, grant);
        return cluster.worst(name);
    };
    const auto worst = [&](const char* ip, const std::vector<Deed>& more) {
        return acts_of("installer", masters, "", ip, more);
    };
    EXPECT_EQ(worst("127.0.0.1", {}), Severity::Medium);
    EXPECT_GT(worst("10.9.0.77", {}), Severity::Medium) << "from elsewhere";
    EXPECT_GT(worst("127.0.0.1", {of_secret("list", "", ""), on_pod("exec", "pay")}), Severity::Medium)
        << "content of Secrets, and a command";
    const std::string program = "system:serviceaccount:version:operator";
    const auto by_pod = [&](const char* ip, const std::string& grant, const std::vector<Deed>& more) {
        return acts_of(program, account("version", "operator", "operator-0"), grant, ip, more);
    };
    EXPECT_EQ(by_pod("127.0.0.1", kAll, {}), Severity::Medium);
    EXPECT_GT(by_pod("10.9.0.77", kAll, {}), Severity::Medium) << "its token elsewhere";
    EXPECT_GT(by_pod("127.0.0.1", kGrant, {}), Severity::Medium) << "without all rights";
    EXPECT_GT(by_pod("127.0.0.1", kAll, {of_secret("list", "", ""), on_pod("exec", "pay")}),
              Severity::Medium);
}

TEST(Admin, AHostWhereTheControlPlaneWorkedTwoDaysAgoIsNone) {
    Cluster cluster;
    cluster.diary.at(kThen - 48, {.user = R"({"username":"system:kube-scheduler"})", .ip = "10.9.0.2"});
    cluster.act({from(changes("clusterrolebindings", kRbac, "", "x"), "10.9.0.2")}, kRoot, kAll);
    EXPECT_EQ(cluster.worst("kubernetes-admin"), Severity::Medium);
}

// Commands where three others run them every day.
TEST(Admin, WhoHasAllRightsHelpsTheTeamWhereItWorks) {
    struct Case {
        const char* what;
        int team;
        Deed act;
        std::string grant;
        bool is_low;
    };
    const Deed exec = on_pod("exec", "pay");
    for (const Case& one : {
             Case{"a command", 3, exec, kAll, true},
             Case{"two only", 2, exec, kAll, false},
             Case{"another namespace", 3, on_pod("exec", "bank"), kAll, false},
             Case{"with other rights", 3, exec, kGrant, false},
             Case{"from elsewhere", 3, from(exec, "203.0.113.7"), kAll, false},
             Case{"what they do not", 3, of_secret("list", "pay", ""), kAll, false},
             Case{"a debug container", 3, on_pod("ephemeralcontainers", "pay"), kAll, false},
             Case{"of kube-system", 3, on_pod("exec", "kube-system"), kAll, false},
             Case{"attaches", 3, on_pod("attach", "pay"), kAll, true},
             Case{"attaches, beside two", 2, on_pod("attach", "pay"), kAll, false},
             Case{"attaches, with other rights", 3, on_pod("attach", "pay"), kGrant, false},
             Case{"attaches elsewhere", 3, on_pod("attach", "bank"), kAll, false},
             Case{"a port", 3, on_pod("portforward", "pay"), kAll, true},
             Case{"a proxy", 3, on_pod("proxy", "pay"), kAll, false},
         }) {
        std::vector<Deed> daily;
        for (int i = 0; i < one.team; ++i) {
            for (Deed deed : {exec, on_pod("exec", "kube-system"), on_pod("ephemeralcontainers", "pay")}) {
                deed.user = person("dev" + std::to_string(i), "devs");
                daily.push_back(deed);
            }
        }
        Cluster cluster({}, daily);
        cluster.act({one.act}, person("alice"), one.grant);
        EXPECT_EQ(cluster.worst("alice") < Severity::Medium, one.is_low) << one.what;
    }
}

// Whose use elsewhere would be told, since the log names it.
TEST(Admin, ATokenThatTheLogNamesIsLow) {
    const auto mint = [](const char* ns, bool is_named, const char* ip = "10.0.0.7") {
        Deed deed = create("serviceaccounts", "", ns, "web");
        deed.subresource = "token", deed.ip = ip;
        if (is_named)
            deed.more_annotations = R"(,"authentication.kubernetes.io/issued-credential-id":"JTI=1")";
        return deed;
    };
    struct Case {
        const char* what;
        Deed act;
        std::string grant;
        bool is_low;
    };
    for (const Case& one : {
             Case{"of an account", mint("pay", true), kAll, true},
             Case{"that the log does not name", mint("pay", false), kAll, false},
             Case{"of kube-system", mint("kube-system", true), kAll, false},
             Case{"with other rights", mint("pay", true), kGrant, false},
             Case{"from elsewhere", mint("pay", true, "203.0.113.7"), kAll, false},
         }) {
        Cluster cluster;
        cluster.as_ever({one.act}, person("alice"), one.grant);
        EXPECT_EQ(cluster.worst("alice") < Severity::Medium, one.is_low) << one.what;
    }
    // Attack twin: it is used from another network.
    Cluster cluster;
    const double at = cluster.as_ever({mint("pay", true)}, person("alice"), kAll);
    cluster.as_ever({from(of_secret("list", "", ""), "198.51.100.7")}, account("pay", "web", "", "1"), kAll,
                    at);
    EXPECT_EQ(cluster.worst("system:serviceaccount:pay:web"), Severity::High);
}

TEST(Admin, WhatChangesNoRightsIsLow) {
    const std::string labels = R"({"metadata":{"labels":{"version":"2"}}})";
    const std::string looks =
        R"({"kind":"ClusterRole","metadata":{"name":"x"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]})";
    const std::string reads =
        R"({"kind":"ClusterRole","metadata":{"name":"x"},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}]})";
    Deed puts = changes("clusterroles", kRbac, "", "x", looks), gives = puts, applies = puts;
    puts.verb = gives.verb = "update", gives.body = reads;
    applies.verb = "create", applies.code = 201;
    Deed makes = changes("clusterrolebindings", kRbac, "", "x", labels);
    makes.code = 201;
    struct Case {
        const char* what;
        Deed act;
        std::string grant;
        bool is_low;
    };
    for (const Case& one : {
             Case{"a label", changes("clusterrolebindings", kRbac, "", "x", labels), kGrant, true},
             Case{"unseen", changes("clusterrolebindings", kRbac, "", "x"), kGrant, false},
             Case{"a label of what is new", makes, kGrant, false},
             Case{"a label from elsewhere",
                  from(changes("clusterrolebindings", kRbac, "", "x", labels), "203.0.113.7"), kGrant, false},
             Case{"a role that looks", puts, kGrant, true},
             Case{"a new role that looks", applies, kGrant, true},
             Case{"a role that reads Secrets", gives, kGrant, false},
             Case{"an account", changes("serviceaccounts", "", "kube-system", "x"), kAll, true},
             Case{"an account, with other rights", changes("serviceaccounts", "", "kube-system", "x"), kGrant,
                  false},
             Case{"a new account, which nobody has bound", create("serviceaccounts", "", "kube-system", "x"),
                  kAll, true},
             Case{"a new account, with other rights", create("serviceaccounts", "", "kube-system", "x"),
                  kGrant, false},
         }) {
        Cluster cluster;
        cluster.as_ever({one.act}, person("alice"), one.grant);
        EXPECT_EQ(cluster.worst("alice") < Severity::Medium, one.is_low) << one.what;
    }
}

TEST(Admin, ARemarkDecidesNothing) {
    const std::string labels = R"({"metadata":{"labels":{"version":"2"}}})";
    const struct {
        const char *what, *resource, *group, *verb;
        std::string body;
        int code;
        bool is_remark;
    } kCases[] = {
        {"a label", "deployments", "apps", "patch", labels, 200, true},
        {"a remark", "apiservices", "apiregistration.k8s.io", "patch",
         R"({"kind":"x","apiVersion":"v1","metadata":{"name":"x","annotations":{"a":"b"}}})", 200, true},
        {"of an account", "serviceaccounts", "", "patch", labels, 200, true},
        {"an account's identity in a cloud", "serviceaccounts", "", "patch",
         R"({"metadata":{"annotations":{"eks.amazonaws.com/role-arn":"x"}}})", 200, false},
        {"a guard's place", "namespaces", "", "patch", labels, 200, false},
        {"a role joins others", "clusterroles", "rbac.authorization.k8s.io", "patch",
         R"({"metadata":{"labels":{"rbac.authorization.k8s.io/aggregate-to-edit":"true"}}})", 200, false},
        {"a role is restored no more", "clusterroles", "rbac.authorization.k8s.io", "patch",
         R"({"metadata":{"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"}}})", 200,
         false},
        {"rules as well", "clusterroles", "rbac.authorization.k8s.io", "patch",
         R"({"metadata":{"labels":{"a":"b"}},"rules":[]})", 200, false},
        {"an owner", "deployments", "apps", "patch", R"({"metadata":{"ownerReferences":[]}})", 200, false},
        {"something new", "deployments", "apps", "patch", labels, 201, false},
        {"all of it", "deployments", "apps", "update", labels, 200, false},
        {"a JSON patch", "deployments", "apps", "patch", R"([{"op":"add","path":"/metadata/labels/a"}])", 200,
         false},
        {"nothing", "deployments", "apps", "patch", "{}", 200, false},
        {"labels that are none", "deployments", "apps", "patch", R"({"metadata":{"labels":"x"}})", 200,
         false},
        {"unseen", "deployments", "apps", "patch", "", 200, false},
    };
    for (const auto& one : kCases) {
        EventSpec spec{.level = "Request", .verb = one.verb};
        spec.object = std::string(R"({"resource":")") + one.resource + R"(","name":"x","apiGroup":")" +
                      one.group + R"("})";
        spec.status = R"({"code":)" + std::to_string(one.code) + "}";
        spec.request_object = one.body;
        EXPECT_EQ(access::is_only_a_remark(*spec.parsed()), one.is_remark) << one.what;
    }
}

// Who reads Secrets by hand, in three namespaces, reads and changes one of a fourth where she works.
TEST(Admin, OneMoreSecretOfWhoReadsThemByHand) {
    struct Case {
        const char* what;
        std::vector<const char*> read;
        Deed act;
        Severity worst;
    };
    const std::vector<const char*> three{"red", "green", "blue"}, two{"red", "green"};
    for (const Case& one : {
             Case{"one more", three, of_secret("get", "pay", "db"), Severity::Low},
             Case{"a new password", three, of_secret("patch", "pay", "db"), Severity::Low},
             Case{"where she never was", three, of_secret("get", "bank", "db"), Severity::Medium},
             Case{"all of them", three, of_secret("list", "pay", ""), Severity::Medium},
             Case{"of kube-system", three, of_secret("get", "kube-system", "db"), Severity::Medium},
             Case{"after two", two, of_secret("get", "pay", "db"), Severity::Medium},
             Case{"a new password, after two", two, of_secret("patch", "pay", "db"), Severity::Medium},
         }) {
        std::vector<Deed> daily;
        for (const char* ns : one.read) daily.push_back(of_secret("get", ns, "db"));
        for (const char* ns : {"pay", "kube-system"}) daily.push_back({.verb = "list", .ns = ns});
        for (Deed& deed : daily) deed.user = person("alice");
        Cluster cluster({}, daily);
        cluster.act({one.act}, person("alice"), kGrant);
        EXPECT_EQ(cluster.worst("alice"), one.worst) << one.what;
    }
}

// Who reads Secrets and runs commands in other namespaces does the same where it works.
TEST(Admin, WhoHasAllRightsLooksForAFaultWhereItWorks) {
    struct Case {
        const char* what;
        Deed act;
        std::string grant;
        bool is_low;
    };
    const Deed list = of_secret("list", "pay", ""), exec = on_pod("exec", "pay");
    for (const Case& one : {
             Case{"all Secrets there", list, kAll, true},
             Case{"one", of_secret("get", "pay", "db"), kAll, true},
             Case{"a watch", of_secret("watch", "pay", ""), kAll, false},
             Case{"a change", of_secret("patch", "pay", "db"), kAll, false},
             Case{"a command", exec, kAll, true},
             Case{"attached", on_pod("attach", "pay"), kAll, true},
             Case{"a port", on_pod("portforward", "pay"), kAll, true},
             Case{"a debug container", on_pod("ephemeralcontainers", "pay"), kAll, false},
             Case{"where she never was", of_secret("list", "bank", ""), kAll, false},
             Case{"commands where she never was", on_pod("exec", "bank"), kAll, false},
             Case{"of kube-system", of_secret("list", "kube-system", ""), kAll, false},
             Case{"of the whole cluster", of_secret("list", "", ""), kAll, false},
             Case{"with other rights", list, kGrant, false},
             Case{"commands with other rights", exec, kGrant, false},
             Case{"from elsewhere", from(list, "203.0.113.7"), kAll, false},
         }) {
        std::vector<Deed> daily{of_secret("get", "red", "db"),
                                on_pod("exec", "red"),
                                {.verb = "list", .ns = "pay"},
                                {.verb = "list", .ns = "kube-system"}};
        for (Deed& deed : daily) deed.user = person("alice");
        Cluster cluster({}, daily);
        cluster.as_ever({one.act}, person("alice"), one.grant);
        EXPECT_EQ(cluster.worst("alice") < Severity::Medium, one.is_low) << one.what;
    }
}

TEST(Admin, WhoNeverReadASecretIsToldOfTheFirstOnes) {
    const auto worst = [](const std::vector<Deed>& before, const Deed& act) {
        std::vector<Deed> daily{{.verb = "list", .ns = "pay"}};
        daily.insert(daily.end(), before.begin(), before.end());
        for (Deed& deed : daily) deed.user = person("alice");
        Cluster cluster({}, daily);
        cluster.as_ever({act}, person("alice"), kAll);
        return cluster.worst("alice");
    };
    const Deed read = of_secret("get", "red", "db"), exec = on_pod("exec", "red");
    EXPECT_EQ(worst({exec}, of_secret("list", "pay", "")), Severity::Medium);
    EXPECT_EQ(worst({read}, on_pod("exec", "pay")), Severity::Medium);
}

// A tool that shows whatever there is, and what is no such tool.
TEST(Admin, WhoLooksAroundSeesAllSecrets) {
    const auto worst = [](int kinds, const std::string& grant, const char* ip = "10.0.0.7",
                          const std::optional<Deed>& then = {}) {
        Cluster cluster;
        std::vector<Deed> looks;
        for (int i = 0; i < kinds; ++i)
            looks.push_back({.verb = "list", .resource = "kind" + std::to_string(i), .ns = "", .name = ""});
        looks.push_back(of_secret("list", "", ""));
        looks.push_back(of_secret("watch", "", ""));
        if (then) looks.push_back(*then);
        for (Deed& deed : looks) deed.ip = ip;
        cluster.act(looks, person("alice"), grant);
        return cluster.worst("alice");
    };
    EXPECT_EQ(worst(10, kAll), Severity::Low);
    EXPECT_EQ(worst(9, kAll), Severity::Medium);
    EXPECT_GE(worst(10, kGrant), Severity::Medium) << "by who has not all rights";
    EXPECT_GE(worst(10, kAll, "203.0.113.7"), Severity::High) << "from elsewhere";
    EXPECT_GE(worst(10, kAll, "10.0.0.7", create("clusterrolebindings", kRbac, "", "x")), Severity::Medium)
        << "and gives rights";
}

}  // namespace
