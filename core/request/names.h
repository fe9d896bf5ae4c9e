// Names that Kubernetes reserves: k8s.io/apiserver/pkg/authentication/{user,serviceaccount} and
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy. Compare them exactly: a certificate may carry any other
// common name that was signed, `system:kube-evil` for example.
#pragma once

#include <optional>
#include <string_view>

namespace redshank {

inline constexpr std::string_view kMasters = "system:masters";
inline constexpr std::string_view kNodes = "system:nodes";
inline constexpr std::string_view kAuthenticated = "system:authenticated";
inline constexpr std::string_view kUnauthenticated = "system:unauthenticated";
inline constexpr std::string_view kAllServiceAccounts = "system:serviceaccounts";

inline constexpr std::string_view kAnonymous = "system:anonymous";
inline constexpr std::string_view kApiServer = "system:apiserver";
inline constexpr std::string_view kControllerManager = "system:kube-controller-manager";
inline constexpr std::string_view kScheduler = "system:kube-scheduler";
inline constexpr std::string_view kProxy = "system:kube-proxy";
inline constexpr std::string_view kCloudControllerManager = "system:cloud-controller-manager";

inline constexpr std::string_view kReservedPrefix = "system:";
inline constexpr std::string_view kServiceAccountPrefix = "system:serviceaccount:";
inline constexpr std::string_view kNodePrefix = "system:node:";
inline constexpr std::string_view kBootstrapPrefix = "system:bootstrap:";
inline constexpr std::string_view kSystemNamespace = "kube-system";

struct ServiceAccount {
    std::string_view namespace_, name;
    bool operator==(const ServiceAccount&) const = default;
};
// Splits "system:serviceaccount:NAMESPACE:NAME", of which both parts must be present and without a colon
// (serviceaccount.SplitUsername). Nothing for other users. Returns views into `username`.
std::optional<ServiceAccount> service_account(std::string_view username);

// Whether the account belongs to a controller of kube-controller-manager with
// --use-service-account-credentials, which every installer sets: each has a service account in kube-system
// and the ClusterRole system:controller:NAME (controller_policy.go, namespace_policy.go). Their tokens are
// never bound to a Pod.
bool is_builtin_controller(const ServiceAccount& account);
// The controller that fills aggregated ClusterRoles.
inline constexpr ServiceAccount kAggregator{kSystemNamespace, "clusterrole-aggregation-controller"};

// Recognises kube-controller-manager, kube-scheduler and the built-in controllers by name alone. Only for
// stored names, for which groups and credential were not kept; for a request use Actor::is_core_component().
bool is_core_component(std::string_view username);

}  // namespace redshank
