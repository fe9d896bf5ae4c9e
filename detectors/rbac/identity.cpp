#include "detectors/rbac/identity.h"

#include <algorithm>
#include <array>

namespace redshank::rbac {

namespace {

// Controllers of kube-controller-manager with --use-service-account-credentials: each has a service account
// in kube-system and the bootstrap ClusterRole system:controller:NAME (controller_policy.go).
constexpr std::array kControllers{
    std::string_view("attachdetach-controller"),
    std::string_view("bootstrap-signer"),
    std::string_view("certificate-controller"),
    std::string_view("clusterrole-aggregation-controller"),
    std::string_view("cronjob-controller"),
    std::string_view("daemon-set-controller"),
    std::string_view("deployment-controller"),
    std::string_view("disruption-controller"),
    std::string_view("endpoint-controller"),
    std::string_view("endpointslice-controller"),
    std::string_view("endpointslicemirroring-controller"),
    std::string_view("ephemeral-volume-controller"),
    std::string_view("expand-controller"),
    std::string_view("generic-garbage-collector"),
    std::string_view("horizontal-pod-autoscaler"),
    std::string_view("job-controller"),
    std::string_view("legacy-service-account-token-cleaner"),
    std::string_view("namespace-controller"),
    std::string_view("node-controller"),
    std::string_view("persistent-volume-binder"),
    std::string_view("pod-garbage-collector"),
    std::string_view("pv-protection-controller"),
    std::string_view("pvc-protection-controller"),
    std::string_view("replicaset-controller"),
    std::string_view("replication-controller"),
    std::string_view("resource-claim-controller"),
    std::string_view("resourcequota-controller"),
    std::string_view("root-ca-cert-publisher"),
    std::string_view("route-controller"),
    std::string_view("selinux-warning-controller"),
    std::string_view("service-account-controller"),
    std::string_view("service-cidrs-controller"),
    std::string_view("service-controller"),
    std::string_view("statefulset-controller"),
    std::string_view("storage-version-garbage-collector"),
    std::string_view("storage-version-migrator-controller"),
    std::string_view("token-cleaner"),
    std::string_view("ttl-after-finished-controller"),
    std::string_view("ttl-controller"),
    std::string_view("validatingadmissionpolicy-status-controller"),
};

bool is_controller(std::string_view name) {
    return std::find(kControllers.begin(), kControllers.end(), name) != kControllers.end();
}

bool is_manager(std::string_view username) {
    return username == "system:kube-controller-manager" || username == "system:kube-scheduler";
}

}  // namespace

std::optional<ServiceAccount> service_account(std::string_view username) {
    if (!username.starts_with(kServiceAccountPrefix)) return std::nullopt;
    username.remove_prefix(kServiceAccountPrefix.size());
    const size_t colon = username.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return ServiceAccount{username.substr(0, colon), username.substr(colon + 1)};
}

bool is_anonymous(const audit::User& user) {
    return user.username == kAnonymous || user.in_group(kUnauthenticated);
}

bool is_loopback(const audit::User& user) {
    return user.username == "system:apiserver" && user.in_group(kMasters);
}

bool is_control_plane(const audit::User& user, std::string_view reason) {
    if (is_loopback(user) || is_manager(user.username)) return true;
    if (user.in_group("system:nodes") && user.username.starts_with("system:node:")) return reason.empty();
    const auto account = service_account(user.username);
    return account && account->namespace_ == "kube-system" && is_controller(account->name);
}

bool is_control_plane_subject(std::string_view kind, std::string_view namespace_, std::string_view name) {
    if (kind == "Group") return name == kMasters || name == "system:nodes";
    if (kind == "User") return is_manager(name);
    return kind == "ServiceAccount" && namespace_ == "kube-system" && is_controller(name);
}

Breadth breadth(std::string_view subject_kind, std::string_view subject_name) {
    if (subject_kind == "User") {
        return subject_name == kAnonymous ? Breadth::Everybody : Breadth::Narrow;
    }
    if (subject_kind != "Group") return Breadth::Narrow;
    if (subject_name == kUnauthenticated) return Breadth::Everybody;
    if (subject_name == kAuthenticated) return Breadth::Authenticated;
    if (subject_name == kAllServiceAccounts) return Breadth::ServiceAccounts;
    return subject_name.starts_with("system:serviceaccounts:") ? Breadth::OneNamespace : Breadth::Narrow;
}

}  // namespace redshank::rbac
