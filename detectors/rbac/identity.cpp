#include "detectors/rbac/identity.h"

#include <string>

#include "core/request/names.h"

namespace redshank::rbac {

bool is_control_plane_subject(std::string_view kind, std::string_view namespace_, std::string_view name) {
    if (kind == "Group") return name == kMasters || name == kNodes;
    if (kind == "ServiceAccount") return is_builtin_controller({namespace_, name});
    return kind == "User" && is_core_component(name);
}

Breadth breadth(std::string_view subject_kind, std::string_view subject_name) {
    if (subject_kind == "User") {
        return subject_name == kAnonymous ? Breadth::Everybody : Breadth::Narrow;
    }
    if (subject_kind != "Group") return Breadth::Narrow;
    if (subject_name == kUnauthenticated) return Breadth::Everybody;
    if (subject_name == kAuthenticated) return Breadth::Authenticated;
    if (subject_name == kAllServiceAccounts) return Breadth::ServiceAccounts;
    return subject_name.starts_with(std::string(kAllServiceAccounts) + ":") ? Breadth::OneNamespace
                                                                            : Breadth::Narrow;
}

}  // namespace redshank::rbac
