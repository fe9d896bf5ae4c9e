#include "core/request/names.h"

#include <algorithm>
#include <iterator>

namespace redshank {

namespace {

// Sorted.
constexpr std::string_view kControllers[] = {
    "attachdetach-controller",
    "bootstrap-signer",
    "certificate-controller",
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "device-taint-eviction-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "kube-apiserver-serving-clustertrustbundle-publisher",
    "legacy-service-account-token-cleaner",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "podcertificaterequestcleaner",
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
    "volumeattributesclass-protection-controller",
};
static_assert(std::is_sorted(std::begin(kControllers), std::end(kControllers)));

}  // namespace

std::optional<ServiceAccount> service_account(std::string_view username) {
    if (!username.starts_with(kServiceAccountPrefix)) return std::nullopt;
    username.remove_prefix(kServiceAccountPrefix.size());
    const size_t colon = username.find(':');
    if (colon == 0 || colon == username.npos || colon + 1 == username.size()) return std::nullopt;
    if (colon != username.rfind(':')) return std::nullopt;
    return ServiceAccount{username.substr(0, colon), username.substr(colon + 1)};
}

bool is_builtin_controller(const ServiceAccount& account) {
    return account.namespace_ == kSystemNamespace &&
           std::binary_search(std::begin(kControllers), std::end(kControllers), account.name);
}

bool is_core_component(std::string_view username) {
    if (username == kControllerManager || username == kScheduler) return true;
    const auto account = service_account(username);
    return account && is_builtin_controller(*account);
}

}  // namespace redshank
