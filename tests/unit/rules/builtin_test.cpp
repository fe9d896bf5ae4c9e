// The control plane is recognised by exact identity only: every line has a look-alike that is not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/request/names.h"
#include "rules/condition_parser.h"
#include "tests/unit/rules/rule_cases.h"

namespace redshank::rules {
namespace {

struct Caller {
    const char *name, *groups;
    bool is_builtin;
    const char *reason = "", *extra = "", *impersonated = "";
};

constexpr const char* kByRole =
    R"(RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "system:controller:helper" to User "x")";

bool fulfils(const Caller& caller, const char* condition) {
    test::EventSpec spec = test::Request{}.spec();
    spec.user = std::string(R"({"username":")") + caller.name + R"(","groups":[)" + caller.groups + "]" +
                (*caller.extra != 0 ? R"(,"extra":{")" + std::string(caller.extra) + R"(":["p"]})" : "") +
                "}";
    spec.reason = caller.reason;
    if (*caller.impersonated != 0)
        spec.impersonated =
            std::string(R"({"username":")") + caller.impersonated + R"(","groups":["system:masters"]})";
    const test::ParsedEvent event = spec.parsed();
    return test::holds(*event, condition);
}

bool is_builtin(const Caller& caller) {
    return fulfils(caller, "actor.builtin");
}

TEST(Builtin, PeopleWithAllRights) {
    const auto by = [](const char* binding, const char* role, const char* name) {
        return fmt::format(R"(RBAC: allowed by {} of {} "{}" to Group "ops")", binding, role, name);
    };
    const std::string all = by(R"(ClusterRoleBinding "ops")", "ClusterRole", "cluster-admin");
    const std::string in_one = by(R"(RoleBinding "ops/shop")", "ClusterRole", "cluster-admin");
    const std::string another = by(R"(ClusterRoleBinding "ops")", "ClusterRole", "cluster-admins");
    const std::string namesake = by(R"(ClusterRoleBinding "ops")", "Role", "cluster-admin");
    constexpr const char* kPeople = R"("ops","system:authenticated")";
    for (const Caller& one : {
             Caller{"alice", kPeople, true, all.c_str()},
             Caller{"alice", kPeople, false, ""},
             Caller{"alice", kPeople, false, in_one.c_str()},
             Caller{"alice", kPeople, false, another.c_str()},
             Caller{"alice", kPeople, false, namesake.c_str()},
             Caller{"alice", kPeople, false, all.c_str(), "", "bob"},
             Caller{"system:serviceaccount:shop:ci", "", false, all.c_str()},
             Caller{"system:anonymous", R"("system:unauthenticated")", false, all.c_str()},
         }) {
        EXPECT_EQ(fulfils(one, "actor.clusterAdmin"), one.is_builtin) << one.name << ' ' << one.reason;
    }
}

TEST(Builtin, ExactIdentities) {
    for (const Caller& one : {
             Caller{"system:apiserver", R"("system:masters")", true},
             Caller{"system:apiserver", R"("system:authenticated")", false},
             Caller{"system:kube-controller-manager", "", true},
             Caller{"system:kube-controller-manager", "", true, kByRole},
             Caller{"system:kube-scheduler", "", true},
             Caller{"system:kube-scheduler-2", "", false},
             Caller{"system:kube-proxy", "", false, kByRole},
             Caller{"system:helper", "", false, kByRole},
             Caller{"alice", R"("system:masters")", false, kByRole},
             // Nodes, at requests that the Node authorizer allows.
             Caller{"system:node:n1", R"("system:nodes")", true},
             Caller{"system:node:n1", R"("system:nodes")", false, kByRole},
             Caller{"system:node:n1", R"("system:authenticated")", false},
             Caller{"alice", R"("system:nodes")", false},
             // Controllers need the name, the namespace and the token.
             Caller{"system:serviceaccount:kube-system:deployment-controller", "", true},
             Caller{"system:serviceaccount:kube-system:deployment-controller", "", true, kByRole},
             Caller{"system:serviceaccount:shop:deployment-controller", "", false, kByRole},
             Caller{"system:serviceaccount:kube-system:snapshot-controller", "", false, kByRole},
             Caller{"system:serviceaccount:kube-system:my-deployment-controller", "", false},
             Caller{"system:serviceaccount:kube-system:generic-garbage-collector", "", true},
             Caller{"system:serviceaccount:shop:web", "", false, kByRole},
             Caller{"system:serviceaccount:kube-system:deployment-controller", "", false, "",
                    "authentication.kubernetes.io/pod-name"},
             Caller{"system:serviceaccount:kube-system:deployment-controller", "", true, "",
                    "authentication.kubernetes.io/credential-id"},
             // Impersonating a component makes no caller one, and a component that impersonates is not one.
             Caller{"alice", "", false, "", "", "system:kube-controller-manager"},
             Caller{"system:kube-scheduler", "", false, "", "", "bob"},
         }) {
        EXPECT_EQ(is_builtin(one), one.is_builtin)
            << one.name << " " << one.groups << " " << one.reason << " " << one.extra << one.impersonated;
    }
}

TEST(Builtin, ANodeThatWasNotAllowedIsNone) {
    test::Request request;
    request.decision = "forbid";
    test::EventSpec spec = request.spec();
    spec.user = R"({"username":"system:node:n1","groups":["system:nodes"]})";
    EXPECT_FALSE(test::holds(*spec.parsed(), "actor.builtin"));
}

TEST(Builtin, ControllersOfTheControllerManager) {
    for (const char* name : {"attachdetach-controller",
                             "bootstrap-signer",
                             "certificate-controller",
                             "clusterrole-aggregation-controller",
                             "cronjob-controller",
                             "daemon-set-controller",
                             "deployment-controller",
                             "disruption-controller",
                             "endpoint-controller",
                             "endpointslice-controller",
                             "endpointslicemirroring-controller",
                             "ephemeral-volume-controller",
                             "expand-controller",
                             "generic-garbage-collector",
                             "horizontal-pod-autoscaler",
                             "job-controller",
                             "legacy-service-account-token-cleaner",
                             "namespace-controller",
                             "node-controller",
                             "persistent-volume-binder",
                             "pod-garbage-collector",
                             "pv-protection-controller",
                             "pvc-protection-controller",
                             "replicaset-controller",
                             "replication-controller",
                             "resource-claim-controller",
                             "resourcequota-controller",
                             "root-ca-cert-publisher",
                             "route-controller",
                             "selinux-warning-controller",
                             "service-account-controller",
                             "service-ca-cert-publisher",
                             "service-cidrs-controller",
                             "service-controller",
                             "statefulset-controller",
                             "storage-version-garbage-collector",
                             "storage-version-migrator-controller",
                             "token-cleaner",
                             "ttl-after-finished-controller",
                             "ttl-controller",
                             "validatingadmissionpolicy-status-controller"}) {
        EXPECT_TRUE(is_builtin_controller({kSystemNamespace, name})) << name;
        EXPECT_FALSE(is_builtin_controller({kSystemNamespace, std::string(name) + "x"})) << name;
    }
    for (const char* name :
         {"", "controller", "snapshot-controller", "aws-load-balancer-controller", "coredns"})
        EXPECT_FALSE(is_builtin_controller({kSystemNamespace, name})) << name;
}

// The field `created` for verbs and codes.
TEST(Created, OfWhateverVerb) {
    struct Case {
        const char* verb;
        int code;
        bool expected;
    };
    for (const Case& one : {Case{"create", 201, true}, Case{"create", 200, true}, Case{"create", 202, true},
                            Case{"create", 403, false}, Case{"create", 409, false}, Case{"patch", 201, true},
                            Case{"patch", 200, false}, Case{"update", 201, true}, Case{"update", 200, false},
                            Case{"delete", 201, false}, Case{"delete", 200, false}, Case{"get", 201, false},
                            Case{"deletecollection", 201, false}}) {
        const test::ParsedEvent event = test::Request{.verb = one.verb, .code = one.code}.spec().parsed();
        EXPECT_EQ(test::holds(*event, "created"), one.expected) << one.verb << " " << one.code;
        EXPECT_EQ(test::holds(*event, "created = false"), !one.expected) << one.verb << " " << one.code;
    }
}

}  // namespace
}  // namespace redshank::rules
