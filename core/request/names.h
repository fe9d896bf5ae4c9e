// The names that Kubernetes keeps for itself: k8s.io/apiserver/pkg/authentication/{user,serviceaccount} and
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy. All are exact: a certificate may carry any other common
// name that somebody had signed, `system:kube-evil` as well.
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
// "system:serviceaccount:NAMESPACE:NAME", both parts there and without a colon
// (serviceaccount.SplitUsername); nothing for other users. Views into `username`.
std::optional<ServiceAccount> service_account(std::string_view username);

// The controllers of kube-controller-manager with --use-service-account-credentials, which is how every
// installer runs it: each has a service account in kube-system and the ClusterRole system:controller:NAME
// (controller_policy.go, namespace_policy.go). Their tokens are never bound to a pod.
bool is_builtin_controller(const ServiceAccount& account);
// Fills aggregated ClusterRoles.
inline constexpr ServiceAccount kAggregator{kSystemNamespace, "clusterrole-aggregation-controller"};

// By name alone, for a stored name, whose groups and credential were not kept: kube-controller-manager,
// kube-scheduler and the built-in controllers. A request is asked by its Actor.
bool is_core_component(std::string_view username);

}  // namespace redshank
