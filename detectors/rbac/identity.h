// Who is who, by Kubernetes' own reserved names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank::rbac {

// pkg/registry/rbac/validation and k8s.io/apiserver/pkg/authentication/{user,serviceaccount}.
inline constexpr std::string_view kMasters = "system:masters";
inline constexpr std::string_view kAuthenticated = "system:authenticated";
inline constexpr std::string_view kUnauthenticated = "system:unauthenticated";
inline constexpr std::string_view kAnonymous = "system:anonymous";
inline constexpr std::string_view kAllServiceAccounts = "system:serviceaccounts";
inline constexpr std::string_view kServiceAccountPrefix = "system:serviceaccount:";
inline constexpr std::string_view kAggregator =
    "system:serviceaccount:kube-system:clusterrole-aggregation-controller";

struct ServiceAccount {
    std::string_view namespace_, name;
};
// "system:serviceaccount:NAMESPACE:NAME"; nothing for other users.
std::optional<ServiceAccount> service_account(std::string_view username);

bool is_anonymous(const audit::User& user);

// The API server's own loopback client, which holds all rights by system:masters.
bool is_loopback(const audit::User& user);

// The control plane at its ordinary work: the loopback client, kube-controller-manager and kube-scheduler by
// their reserved user names, nodes (whose right to a Secret of their pods is the Node authorizer's, reason
// ""), and controllers that run under their own service account in kube-system.
bool is_control_plane(const audit::User& user, std::string_view reason);

// Whether a binding to this subject is part of how the control plane works: system:masters, system:nodes and
// the identities above. `namespace_` is that of a ServiceAccount.
bool is_control_plane_subject(std::string_view kind, std::string_view namespace_, std::string_view name);

// How many people a subject stands for.
enum class Breadth : uint8_t {
    Narrow,           // a user, a service account, a group of people
    OneNamespace,     // system:serviceaccounts:NAMESPACE
    ServiceAccounts,  // system:serviceaccounts
    Authenticated,    // system:authenticated
    Everybody,        // system:unauthenticated, system:anonymous
};
Breadth breadth(std::string_view subject_kind, std::string_view subject_name);
// All that a stranger, or any workload of the cluster, belongs to.
inline bool is_broad(Breadth breadth) {
    return breadth >= Breadth::ServiceAccounts;
}

}  // namespace redshank::rbac
