#include "detectors/by_rule/roles.h"

#include <algorithm>
#include <variant>

#include "core/request/names.h"
#include "core/request/verbs.h"
#include "detectors/by_rule/memory.h"
#include "detectors/rbac/reach.h"
#include "detectors/rbac/write.h"

namespace redshank::by_rule {

namespace {

// Not those without credentials: what everybody may read who logs in is not for the whole network.
bool is_everyone(const rbac::Subject& subject) {
    return subject.kind == "Group" && (subject.name == kAuthenticated || subject.name == kAllServiceAccounts);
}

// Roles that the API server makes, and that reach little or no more than `view` does in one namespace.
bool is_small_by_name(std::string_view name) {
    return name == "view" || name == "system:basic-user" || name == "system:discovery" ||
           name == "system:public-info-viewer" || name == "system:service-account-issuer-discovery";
}

// The caller itself, or a group of its own: not all who log in.
bool is_caller(const rbac::Subject& subject, const Request& request) {
    if (subject.kind == "ServiceAccount") {
        return request.effective.is_service_account && subject.namespace_ == request.effective.namespace_ &&
               subject.name == request.effective.account;
    }
    const audit::User& user = request.event.effective_user();
    return subject.kind == "User" ? subject.name == user.username
                                  : !is_everyone(subject) && user.in_group(subject.name);
}

bool is_callers(const rbac::Subject& subject, const Request& request) {
    if (subject.kind == "ServiceAccount")
        return request.effective.is_service_account && subject.namespace_ == request.effective.namespace_;
    const audit::User& user = request.event.effective_user();
    return subject.kind == "User" ? subject.name == user.username : user.in_group(subject.name);
}

}  // namespace

bool Roles::concerns(const audit::Event& event) {
    return rbac::is_rbac_object(event.object) && event.succeeded() && !is_read(event.verb);
}

void Roles::see(const Observation& observation, const Made& made, rules::Beside& beside) {
    const std::optional<rbac::Write> write = rbac::read_write(observation.request);
    if (!write) return;
    if (write->roles) {
        beside.gives_fresh = !write->namespace_.empty() && made.is_fresh(write->namespace_, observation);
        return see_role(*write, observation, beside);
    }
    const auto* binding = write->object ? std::get_if<rbac::Binding>(&*write->object) : nullptr;
    if (binding == nullptr) return;
    see_binding(*binding, observation, beside);
    const auto& subjects = binding->subjects;
    beside.gives_fresh =
        !subjects.empty() && std::all_of(subjects.begin(), subjects.end(), [&](const rbac::Subject& one) {
            return one.kind == "ServiceAccount" && made.is_fresh(one.namespace_, observation);
        });
    beside.gives_caller = std::any_of(subjects.begin(), subjects.end(), [&](const rbac::Subject& one) {
        return is_caller(one, observation.request);
    });
    beside.gives_self = std::any_of(subjects.begin(), subjects.end(), [&](const rbac::Subject& one) {
        return is_callers(one, observation.request);
    });
}

void Roles::see_role(const rbac::Write& write, const Observation& observation, rules::Beside& beside) {
    const std::string_view cluster = observation.origin.cluster;
    const auto* role = write.object ? std::get_if<rbac::Role>(&*write.object) : nullptr;
    const bool is_small = role != nullptr && rbac::reaches_little(*role);
    beside.binds_little = role != nullptr && binds_little(*role, cluster);
    for (const std::string& name : write.names) {
        const std::string key = object_key(cluster, write.namespace_, name);
        const SmallRoleRow* known = rows_.find(key);
        if (is_small) {
            rows_.change(key).last = observation.now;
        } else if (known != nullptr) {
            beside.is_everyones = known->is_everyones && !write.removed;
            rows_.erase(key);
        }
    }
}

void Roles::see_binding(const rbac::Binding& binding, const Observation& observation, rules::Beside& beside) {
    const std::string key =
        object_key(observation.origin.cluster, binding.role_namespace(), binding.role_name);
    const SmallRoleRow* known = rows_.find(key);
    if (known == nullptr) return;
    beside.gives_little = true;
    const bool is_everyones =
        std::any_of(binding.subjects.begin(), binding.subjects.end(), is_everyone) || known->is_everyones;
    SmallRoleRow& row = rows_.change(key);
    row.last = observation.now;
    row.is_everyones = is_everyones;
}

// Whether all roles that it may bind are small ones, by name.
bool Roles::binds_little(const rbac::Role& role, std::string_view cluster) const {
    const auto is_small = [&](const std::string& name) {
        return is_small_by_name(name) || rows_.find(object_key(cluster, {}, name)) != nullptr;
    };
    return std::all_of(role.rules.begin(), role.rules.end(), [&](const rbac::PolicyRule& rule) {
        if (!rbac::has(rule.verbs, "bind")) return true;
        const bool is_of_cluster = std::all_of(rule.resources.begin(), rule.resources.end(),
                                               [](const std::string& one) { return one == "clusterroles"; });
        return is_of_cluster && !rule.resource_names.empty() &&
               std::all_of(rule.resource_names.begin(), rule.resource_names.end(), is_small);
    });
}

}  // namespace redshank::by_rule
