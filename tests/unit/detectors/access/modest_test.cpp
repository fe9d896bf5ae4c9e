// Parts of an installation by who has all rights, at home, of which the log shows that they give no great
// right; and the same parts with one.
#include <gmock/gmock.h>

#include "tests/unit/detectors/access/acts.h"

using namespace redshank;
using namespace redshank::test;

namespace {

const std::string kLogs = R"(,"volumes":[{"name":"l","hostPath":{"path":"/var/log/pods"}},{"name":"tmp"}])";

const std::string kAll =
    R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "cluster-admin" to Group "ops")";
const std::string kAdmission = "admissionregistration.k8s.io";

Deed role(const std::string& rules, const char* resource = "clusterroles", const char* ns = "") {
    Deed deed = create(resource, kRbac, ns, "agent");
    const std::string kind = deed.ns.empty() ? "ClusterRole" : "Role";
    deed.body = R"({"kind":")" + kind + R"(","metadata":{"name":"agent","namespace":")" + deed.ns +
                R"("},"rules":[)" + rules + "]}";
    return deed;
}

std::string rule(const std::string& group, const std::string& resource, const std::string& verb) {
    return R"({"apiGroups":[")" + group + R"("],"resources":[")" + resource + R"("],"verbs":[")" + verb +
           R"("]})";
}

Deed binds(const std::string& role_name, const std::string& subject_kind = "ServiceAccount") {
    Deed deed = create("clusterrolebindings", kRbac, "", "agent");
    deed.body =
        R"({"kind":"ClusterRoleBinding","metadata":{"name":"agent"},"roleRef":{"kind":"ClusterRole","name":")" +
        role_name + R"("},"subjects":[{"kind":")" + subject_kind + R"(","name":"agent","namespace":"ops"}]})";
    return deed;
}

Deed runs(const char* resource, const std::string& container, const std::string& pod = "") {
    Deed deed = create(resource, "apps", "kube-system", "agent");
    deed.body = R"({"spec":{"template":{"spec":{"containers":[{"name":"c","image":"agent")" + container +
                "}]" + pod + "}}}}";
    return deed;
}

Deed hooks(const char* resource, const std::string& webhook) {
    Deed deed = create(resource, kAdmission, "", "agent");
    deed.body = R"({"webhooks":[{"name":"w")" + webhook + "}]}";
    return deed;
}

std::string intercepts(const std::string& group, const std::string& resource) {
    return R"(,"rules":[{"apiGroups":[")" + group + R"("],"resources":[")" + resource + R"("]}])";
}

Deed patched(Deed deed) {
    deed.verb = "patch", deed.code = 200;
    return deed;
}

Deed without_body(Deed deed) {
    deed.body.clear();
    return deed;
}

const std::string kLooks = rule("apps", "deployments", "list");

TEST(Modest, PartsOfAnInstallationWithoutAGreatRightAreLow) {
    const Deed looks = role(kLooks);
    const struct {
        const char* what;
        std::vector<Deed> deeds;
        bool is_low = true;
    } kCases[] = {
        {"a role", {looks}},
        {"events, leases, evictions",
         {role(rule("", "events", "*") + "," + rule("coordination.k8s.io", "leases", "*") + "," +
               rule("", "pods/eviction", "create"))}},
        {"custom resources", {role(rule("agents.example.io", "*", "*"))}},
        {"reviews", {role(rule("authentication.k8s.io", "tokenreviews", "create"))}},
        {"its binding", {looks, binds("agent")}},
        {"of what Kubernetes keeps", {binds("system:auth-delegator")}},
        {"an account", {create("serviceaccounts", "", "kube-system", "agent")}},
        {"a workload", {runs("deployments", "")}},
        {"on every node", {runs("daemonsets", "", R"(,"volumes":[{"hostPath":{"path":"/var/log/"}}])")}},
        {"one that reads logs",
         {runs("daemonsets", R"(,"volumeMounts":[{"name":"l","readOnly":true},{"name":"tmp"}])", kLogs)}},
        {"one that gives up rights", {runs("daemonsets", R"(,"securityContext":{"privileged":false})")}},
        {"a webhook", {hooks("validatingwebhookconfigurations", intercepts("apps", "deployments"))}},
        {"of custom resources",
         {hooks("mutatingwebhookconfigurations", intercepts("agents.example.io", "*"))}},
        // The same with more.
        {"Secrets", {role(kLooks + "," + rule("", "secrets", "list"))}, false},
        {"wildcards", {role(rule("*", "deployments", "list"))}, false},
        {"all resources", {role(rule("apps", "*", "list"))}, false},
        {"writes what runs", {role(rule("apps", "deployments", "create"))}, false},
        {"commands", {role(rule("", "pods/exec", "get"))}, false},
        {"writes in Kubernetes' own groups", {role(rule("storage.k8s.io", "*", "*"))}, false},
        {"all verbs on all paths", {role(R"({"nonResourceURLs":["*"],"verbs":["*"]})")}, false},
        {"no rules", {role("")}, false},
        {"a role of which the log shows no body", {without_body(looks)}, false},
        {"a part of it", {patched(looks)}, false},
        {"a binding of an unknown role", {binds("agent")}, false},
        {"of one with Secrets", {role(rule("", "secrets", "list")), binds("agent")}, false},
        {"of one that was modest", {looks, patched(without_body(looks)), binds("agent")}, false},
        {"of one that is gone",
         {looks, removes("clusterroles", kRbac.c_str(), "", "agent"), binds("agent")},
         false},
        {"of a namesake in a namespace", {role(kLooks, "roles", "ops"), binds("agent")}, false},
        {"of all rights", {binds("cluster-admin")}, false},
        {"to people", {looks, binds("agent", "User")}, false},
        {"to a group", {looks, binds("agent", "Group")}, false},
        {"a binding without a body", {looks, without_body(binds("agent"))}, false},
        {"privileged", {runs("daemonsets", R"(,"securityContext":{"privileged":true})")}, false},
        {"a capability",
         {runs("daemonsets", R"(,"securityContext":{"capabilities":{"add":["SYS_ADMIN"]}})")},
         false},
        {"a host process",
         {runs("daemonsets", R"(,"securityContext":{"windowsOptions":{"hostProcess":true}})")},
         false},
        {"the host's processes", {runs("daemonsets", "", R"(,"hostPID":true)")}, false},
        {"the host's memory", {runs("daemonsets", "", R"(,"hostIPC":true)")}, false},
        {"the host's network", {runs("daemonsets", "", R"(,"hostNetwork":true)")}, false},
        {"a folder of the node",
         {runs("daemonsets", "", R"(,"volumes":[{"hostPath":{"path":"/var/log/../lib"}}])")},
         false},
        {"one that writes logs", {runs("daemonsets", R"(,"volumeMounts":[{"name":"l"}])", kLogs)}, false},
        {"one that says so",
         {runs("daemonsets", R"(,"volumeMounts":[{"name":"l","readOnly":false}])", kLogs)},
         false},
        {"one that first writes logs",
         {runs("daemonsets", "",
               R"(,"initContainers":[{"name":"i","volumeMounts":[{"name":"l"}]}])" + kLogs)},
         false},
        {"first a privileged one",
         {runs("daemonsets", "", R"(,"initContainers":[{"securityContext":{"privileged":true}}])")},
         false},
        {"a workload without a body", {without_body(runs("daemonsets", ""))}, false},
        {"a part of a workload", {patched(runs("daemonsets", ""))}, false},
        {"no workload",
         {[] {
             Deed deed = runs("daemonsets", "");
             deed.body = R"({"spec":{}})";
             return deed;
         }()},
         false},
        {"a webhook that sees Secrets",
         {hooks("validatingwebhookconfigurations", intercepts("", "secrets"))},
         false},
        {"tokens",
         {hooks("validatingwebhookconfigurations", intercepts("", "serviceaccounts/token"))},
         false},
        {"everything", {hooks("validatingwebhookconfigurations", intercepts("", "*"))}, false},
        {"what is not named", {hooks("validatingwebhookconfigurations", R"(,"rules":[{}])")}, false},
        {"outside",
         {hooks("validatingwebhookconfigurations", R"(,"clientConfig":{"url":"https://e.example"})")},
         false},
        {"one that changes Pods", {hooks("mutatingwebhookconfigurations", intercepts("", "pods"))}, false},
        {"a webhook without a body", {without_body(hooks("validatingwebhookconfigurations", ""))}, false},
    };
    for (const auto& one : kCases) {
        Cluster cluster;
        double at = kThen;
        for (const Deed& deed : one.deeds) {
            at = cluster.act({deed}, person("alice"), kAll, at);
            cluster.diary.restart();  // which roles are modest is known over it
        }
        EXPECT_EQ(cluster.worst("alice") < Severity::Medium, one.is_low) << one.what;
    }
}

// The same parts of somebody with other rights, or from elsewhere.
TEST(Modest, OfWhoMayDoAnythingAtHome) {
    for (Deed deed : {role(kLooks + "," + rule("", "pods/eviction", "create")), runs("daemonsets", ""),
                      create("serviceaccounts", "", "kube-system", "agent")}) {
        Cluster others, elsewhere, program;
        others.act({deed}, person("alice"), kGrant);
        EXPECT_GE(others.worst("alice"), Severity::Medium) << deed.resource;
        program.act({deed}, account("shop", "web", "web-0"), kAll);
        EXPECT_GE(program.worst("system:serviceaccount:shop:web"), Severity::Medium) << deed.resource;
        deed.ip = "203.0.113.9";
        elsewhere.act({deed}, person("alice"), kAll);
        EXPECT_GE(elsewhere.worst("alice"), Severity::Medium) << deed.resource;
    }
}

Deed debugs(const std::string& container) {
    Deed deed = on_pod("ephemeralcontainers", "pay");
    deed.verb = "patch", deed.code = 200;
    if (!container.empty()) deed.body = R"({"spec":{"ephemeralContainers":[)" + container + "]}}";
    return deed;
}

// Where three others run commands.
TEST(Modest, ADebugContainerIsACommandWithoutPrivileges) {
    const struct {
        const char* what;
        int team;
        Deed act;
        std::string grant;
        bool is_low;
    } kCases[] = {
        {"a plain one", 3, debugs(R"({"name":"d","image":"busybox"})"), kAll, true},
        {"two people only", 2, debugs(R"({"name":"d","image":"busybox"})"), kAll, false},
        {"with other rights", 3, debugs(R"({"name":"d","image":"busybox"})"), kGrant, false},
        {"privileged", 3, debugs(R"({"securityContext":{"privileged":true}})"), kAll, false},
        {"the second one", 3, debugs(R"({"name":"c"},{"securityContext":{"capabilities":{}}})"), kAll, false},
        {"nobody knows", 3, debugs(""), kAll, false},
    };
    for (const auto& one : kCases) {
        std::vector<Deed> team;
        for (int i = 0; i < one.team; ++i) {
            Deed deed = on_pod("exec", "pay");
            deed.user = person("member" + std::to_string(i));
            team.push_back(deed);
        }
        Cluster cluster({}, team);
        cluster.as_ever({one.act}, person("alice"), one.grant);
        EXPECT_EQ(cluster.worst("alice") < Severity::Medium, one.is_low) << one.what;
    }
}

}  // namespace
