// Each rule of Falco's stock file, with an event that matches and a near miss.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "rules/yaml_loaders.h"
#include "tests/support/corpus.h"
#include "tests/unit/rules/rule_cases.h"

namespace redshank::rules {
namespace {

using test::Request;

// Enables what the stock file leaves off, as its comments tell users to do.
constexpr const char* kLocal = R"(
- macro: allowed_k8s_containers
  condition: (ka.req.pod.containers.image.repository in (registry.local/ok))
- macro: consider_all_events
  condition: (k8s_audit_always_true)
- macro: allowed_full_admin_users
  condition: (k8s_audit_never_true)
- macro: allow_all_k8s_nodes
  condition: (k8s_audit_never_true)
- list: allowed_k8s_nodes
  items: [node-1]
)";

std::vector<RulePtr> stock(bool with_local) {
    std::ifstream in(test::shared_dir() / "rulesets/falco/k8s_audit_rules.yaml");
    const auto loader = make_falco_loader();
    loader->add(std::string(std::istreambuf_iterator<char>(in), {}), "k8s_audit_rules.yaml");
    if (with_local) loader->add(kLocal, "local.yaml");
    std::vector<std::string> warnings;
    auto rules = loader->finish(warnings);
    EXPECT_TRUE(warnings.empty());
    return rules;
}

std::string pod(const std::string& spec, const std::string& image = "nginx:1") {
    return R"({"metadata":{"name":"web"},"spec":{"containers":[{"name":"c","image":")" + image + "\"}]" +
           (spec.empty() ? "" : "," + spec) + "}}";
}
std::string one_container(const std::string& more) {
    return R"({"spec":{"containers":[{"name":"c","image":"nginx:1",)" + more + "}]}}";
}
std::string role(const std::string& verbs, const std::string& resources) {
    return R"({"rules":[{"apiGroups":[""],"resources":)" + resources + ",\"verbs\":" + verbs + "}]}";
}

struct Case {
    const char* rule;
    Request fires, misses;
};

// Creations and deletions, which are alike for many kinds.
Case made(const char* rule, const char* resource) {
    return {rule,
            {.verb = "create", .resource = resource, .code = 201},
            {.verb = "create", .resource = resource, .code = 403}};
}
Case removed(const char* rule, const char* resource) {
    return {rule,
            {.verb = "delete", .resource = resource},
            {.verb = "delete", .resource = resource, .code = 404}};
}

std::vector<Case> cases() {
    const std::string privileged = R"("securityContext":{"privileged":true})";
    std::vector<Case> all = {
        {"Disallowed K8s User", {.user = "mallory"}, {.user = "kubernetes-admin"}},
        {"Create Disallowed Pod",
         {.verb = "create", .body = pod("", "evil/miner:1")},
         {.verb = "create", .body = pod("", "registry.local/ok:2")}},
        {"Create Privileged Pod",
         {.verb = "create", .body = one_container(privileged)},
         {.verb = "create",
          .body = R"({"spec":{"containers":[{"image":"calico/node:v3",)" + privileged + "}]}}"}},
        {"Create Sensitive Mount Pod",
         {.verb = "create", .body = pod(R"("volumes":[{"name":"v","hostPath":{"path":"/etc"}}])")},
         {.verb = "create", .body = pod(R"("volumes":[{"name":"v","hostPath":{"path":"/etc/ssl"}}])")}},
        {"Create HostNetwork Pod",
         {.verb = "create", .body = pod(R"("hostNetwork":true)")},
         {.verb = "create", .body = pod(R"("hostNetwork":false)")}},
        {"Create HostPid Pod",
         {.verb = "create", .body = pod(R"("hostPID":true)")},
         {.verb = "update", .body = pod(R"("hostPID":true)")}},
        {"Create HostIPC Pod",
         {.verb = "create", .body = pod(R"("hostIPC":true)")},
         {.verb = "create", .subresource = "binding", .body = pod(R"("hostIPC":true)")}},
        {"Create NodePort Service",
         {.verb = "create", .resource = "services", .body = R"({"spec":{"type":"NodePort"}})"},
         {.verb = "create", .resource = "services", .body = R"({"spec":{"type":"ClusterIP"}})"}},
        {"Create/Modify Configmap With Private Credentials",
         {.verb = "patch", .resource = "configmaps", .body = R"({"data":{"app.ini":"password=x"}})"},
         {.verb = "patch", .resource = "configmaps", .body = R"({"data":{"app.ini":"colour=x"}})"}},
        {"Anonymous Request Allowed",
         {.user = "system:anonymous", .uri = "/api/v1/pods"},
         {.user = "system:anonymous", .uri = "/healthz?verbose"}},
        {"Attach/Exec Pod",
         {.subresource = "exec", .code = 101, .stage = "ResponseStarted"},
         {.subresource = "exec", .code = 101, .stage = "ResponseComplete"}},
        {"port-forward",
         {.verb = "create", .subresource = "portforward"},
         {.verb = "create", .subresource = "exec"}},
        {"EphemeralContainers Created",
         {.verb = "patch", .subresource = "ephemeralcontainers"},
         {.verb = "get", .subresource = "ephemeralcontainers"}},
        {"Create Disallowed Namespace",
         {.verb = "create", .resource = "namespaces", .name = "odd", .ns = ""},
         {.verb = "create", .resource = "namespaces", .name = "default", .ns = ""}},
        {"Pod Created in Kube Namespace",
         {.verb = "create", .body = pod(""), .ns = "kube-system"},
         {.verb = "create", .body = pod("", "registry.k8s.io/kube-apiserver:v1"), .ns = "kube-system"}},
        {"Service Account Created in Kube Namespace",
         {.verb = "create", .resource = "serviceaccounts", .name = "odd", .code = 201, .ns = "kube-system"},
         {.verb = "create",
          .resource = "serviceaccounts",
          .name = "coredns",
          .code = 201,
          .ns = "kube-system"}},
        {"System ClusterRole Modified/Deleted",
         {.verb = "delete", .resource = "clusterroles", .name = "system:node"},
         {.verb = "delete", .resource = "clusterroles", .name = "system:coredns"}},
        {"Attach to cluster-admin Role",
         {.verb = "create",
          .resource = "clusterrolebindings",
          .body = R"({"roleRef":{"name":"cluster-admin"}})"},
         {.verb = "create", .resource = "clusterrolebindings", .body = R"({"roleRef":{"name":"view"}})"}},
        {"ClusterRole With Wildcard Created",
         {.verb = "create", .resource = "roles", .body = role(R"(["*"])", R"(["pods"])")},
         {.verb = "update", .resource = "roles", .body = role(R"(["*"])", R"(["pods"])")}},
        {"ClusterRole With Write Privileges Created",
         {.verb = "create", .resource = "clusterroles", .body = role(R"(["get","delete"])", R"(["pods"])")},
         {.verb = "create", .resource = "clusterroles", .body = role(R"(["get","list"])", R"(["pods"])")}},
        {"ClusterRole With Pod Exec Created",
         {.verb = "create", .resource = "clusterroles", .body = role(R"(["get"])", R"(["pods/exec"])")},
         {.verb = "create", .resource = "clusterroles", .body = role(R"(["get"])", R"(["pods"])")}},
        made("K8s Deployment Created", "deployments"),
        removed("K8s Deployment Deleted", "deployments"),
        made("K8s Service Created", "services"),
        removed("K8s Service Deleted", "services"),
        made("K8s ConfigMap Created", "configmaps"),
        removed("K8s ConfigMap Deleted", "configmaps"),
        made("K8s Namespace Created", "namespaces"),
        removed("K8s Namespace Deleted", "namespaces"),
        made("K8s Serviceaccount Created", "serviceaccounts"),
        removed("K8s Serviceaccount Deleted", "serviceaccounts"),
        made("K8s Role Created", "roles"),
        removed("K8s Role Deleted", "roles"),
        made("K8s ClusterRole Created", "clusterroles"),
        removed("K8s ClusterRole Deleted", "clusterroles"),
        made("K8s RoleBinding Created", "rolebindings"),
        removed("K8s RoleBinding Deleted", "rolebindings"),
        made("K8s ClusterRoleBinding Created", "clusterrolebindings"),
        removed("K8s ClusterRoleBinding Deleted", "clusterrolebindings"),
        {"K8s Secret Created",
         {.verb = "create", .resource = "secrets", .code = 201},
         // A field without a value fails != as well.
         {.verb = "create", .resource = "secrets", .code = 201, .ns = ""}},
        {"K8s Secret Deleted",
         {.verb = "delete", .resource = "secrets"},
         {.verb = "delete", .resource = "secrets", .user = "system:serviceaccount:a:b"}},
        {"K8s Secret Get Successfully", {.resource = "secrets"}, {.resource = "secrets", .code = 404}},
        {"K8s Secret Get Unsuccessfully Tried",
         {.resource = "secrets", .code = 403, .decision = "forbid"},
         {.verb = "list", .resource = "secrets", .code = 403}},
        {"All K8s Audit Events", {}, {.stage = "RequestReceived"}},
        {"Full K8s Administrative Access", {.user = "kubernetes-admin"}, {.user = "alice"}},
        {"Ingress Object without TLS Certificate Created",
         {.verb = "create", .resource = "ingresses", .body = R"({"spec":{"rules":[]}})", .code = 201},
         {.verb = "create",
          .resource = "ingresses",
          .body = R"({"spec":{"tls":[{"hosts":["a"]}]}})",
          .code = 201}},
        {"Untrusted Node Successfully Joined the Cluster",
         {.verb = "create", .resource = "nodes", .name = "node-9", .code = 201, .ns = ""},
         {.verb = "create", .resource = "nodes", .name = "node-1", .code = 201, .ns = ""}},
        {"Untrusted Node Unsuccessfully Tried to Join the Cluster",
         {.verb = "create", .resource = "nodes", .name = "node-9", .code = 403, .ns = ""},
         {.verb = "create", .resource = "nodes", .name = "node-9", .code = 201, .ns = ""}},
    };
    return all;
}

TEST(FalcoStockFile, EachRuleFiresAndMisses) {
    NEEDS_SHARED("rulesets/falco/k8s_audit_rules.yaml");
    const std::vector<RulePtr> rules = stock(true);
    const std::vector<Case> all = cases();
    EXPECT_EQ(rules.size(), 48u);
    for (const RulePtr& rule : rules) {
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const Case& one) { return one.rule == rule->id; });
        ASSERT_NE(found, all.end()) << "no case for " << rule->id;
        EXPECT_TRUE(test::matches(*rule, found->fires)) << rule->id << ": " << found->fires.spec().json();
        EXPECT_FALSE(test::matches(*rule, found->misses)) << rule->id << ": " << found->misses.spec().json();
    }
}

TEST(FalcoStockFile, LeavesOffWhatItLeavesOff) {
    NEEDS_SHARED("rulesets/falco/k8s_audit_rules.yaml");
    for (const RulePtr& rule : stock(false)) {
        if (rule->id != "All K8s Audit Events" && rule->id != "Full K8s Administrative Access") continue;
        EXPECT_FALSE(test::matches(*rule, {.user = "kubernetes-admin"})) << rule->id;
    }
}

TEST(FalcoStockFile, OutputsNameWhatHappened) {
    NEEDS_SHARED("rulesets/falco/k8s_audit_rules.yaml");
    const std::vector<RulePtr> rules = stock(false);
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [](const RulePtr& one) { return one->id == "Create Privileged Pod"; });
    const Request request{.verb = "create",
                          .body = one_container(R"("securityContext":{"privileged":true})")};
    const test::ParsedEvent event = request.spec().parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true);
    EXPECT_EQ(
        (*rule)->summary.render(context, (*rule)->missing),
        "Pod started with privileged container (user=alice pod=<NA> resource=pods ns=shop images=(nginx:1) "
        "init_images=<NA> ephemeral_images=<NA>)");
    EXPECT_EQ((*rule)->severity, Severity::Medium);
}

}  // namespace
}  // namespace redshank::rules
