// What the subject of a binding stands for. For callers see core/request/actor.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace redshank::rbac {

// Whether a binding to this subject is part of the control plane's own setup: system:masters, system:nodes
// and its core components. `namespace_` is that of a ServiceAccount.
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
// Subjects that include any stranger, or any workload of the cluster.
inline bool is_broad(Breadth breadth) {
    return breadth >= Breadth::ServiceAccounts;
}

}  // namespace redshank::rbac
