#include "rules/builtin.h"

#include <algorithm>
#include <array>

namespace redshank::rules {

namespace {

using Text = std::string_view;

constexpr Text kAccounts = "system:serviceaccount:kube-system:";

constexpr std::array<Text, 41> kControllers{
    "attachdetach-controller",
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
    "validatingadmissionpolicy-status-controller",
};

// Tokens that kube-controller-manager asks for are bound to no pod.
bool is_pod_bound(const audit::User& user) {
    return !user.extra_value("authentication.kubernetes.io/pod-name").empty();
}

}  // namespace

bool is_builtin_controller(Text account) {
    return std::find(kControllers.begin(), kControllers.end(), account) != kControllers.end();
}

bool is_builtin(const audit::Event& event) {
    if (event.is_impersonated) return false;
    const audit::User& user = event.user;
    const Text name = user.username;
    if (name == "system:apiserver") return user.in_group("system:masters");
    if (name == "system:kube-controller-manager" || name == "system:kube-scheduler") return true;
    if (name.starts_with("system:node:")) {
        // The Node authorizer gives no reason, RBAC does.
        return user.in_group("system:nodes") && event.reason.empty() && event.decision == "allow";
    }
    return name.starts_with(kAccounts) && is_builtin_controller(name.substr(kAccounts.size())) &&
           !is_pod_bound(user);
}

}  // namespace redshank::rules
