#include "detectors/secrets/openness.h"

#include <algorithm>

#include "audit/glob.h"
#include "core/request/names.h"
#include "detectors/rbac/identity.h"

namespace redshank::secrets {

namespace {

bool discloses_secrets(const rbac::PolicyRule& rule) {
    return std::any_of(rule.verbs.begin(), rule.verbs.end(),
                       [](const std::string& verb) { return verb_discloses(verb); }) &&
           (rbac::has(rule.api_groups, "") || rbac::has(rule.api_groups, "*")) &&
           (rbac::has(rule.resources, "secrets") || rbac::has(rule.resources, "*"));
}

bool reaches(const std::vector<rbac::PolicyRule>& rules, const rbac::Binding& binding,
             const ProtectedGlob& glob) {
    if (!binding.is_cluster_wide() && !audit::glob_match(glob.namespace_, binding.namespace_)) return false;
    return std::any_of(rules.begin(), rules.end(), [&](const rbac::PolicyRule& rule) {
        if (!discloses_secrets(rule)) return false;
        return rule.resource_names.empty() ||
               std::any_of(rule.resource_names.begin(), rule.resource_names.end(),
                           [&](const std::string& name) { return audit::glob_match(glob.name, name); });
    });
}

// Whether the subject is a reader, tested with a user made from it; for a group, a user who is in that group
// only.
bool is_reader(const ProtectedSecrets& entry, const rbac::Subject& subject, std::string_view namespace_) {
    audit::User user;
    std::string name, group;
    if (subject.kind == "ServiceAccount") {
        name = std::string(kServiceAccountPrefix) + std::string(namespace_) + ":" + subject.name;
        group = std::string(kAllServiceAccounts) + ":" + std::string(namespace_);
        user.username = name;
        user.groups = {kAllServiceAccounts, group, kAuthenticated};
    } else if (subject.kind == "Group") {
        user.groups = {subject.name};
    } else {
        user.username = subject.name;
        if (subject.name != kAnonymous) user.groups = {kAuthenticated};
    }
    return is_reader(entry, user);
}

}  // namespace

std::string target_of(std::string_view binding_namespace) {
    return binding_namespace.empty() ? "*/*" : std::string(binding_namespace) + "/*";
}

std::optional<std::map<std::string, Opening>> openings_of(const rbac::Binding& binding,
                                                          const rbac::Mirror& mirror,
                                                          const Protection& protection, bool by_grant) {
    const std::vector<rbac::PolicyRule>* rules = mirror.rules_of(binding);
    if (!rules) return std::nullopt;
    std::map<std::string, Opening> openings;
    for (const rbac::Subject& subject : binding.subjects) {
        const std::string_view namespace_ =
            subject.namespace_.empty() ? std::string_view(binding.namespace_) : subject.namespace_;
        if (subject.kind == "ServiceAccount" && namespace_.empty()) continue;  // matches nobody
        if (rbac::is_control_plane_subject(subject.kind, namespace_, subject.name)) continue;
        for (const ProtectedGlob& glob : protection.globs()) {
            if (is_reader(*glob.entry, subject, namespace_) || !reaches(*rules, binding, glob)) continue;
            Opening& opening = openings[glob.to_string()];
            opening.severity = opening.subjects.empty() ? glob.entry->severity
                                                        : std::max(opening.severity, glob.entry->severity);
            opening.subjects.insert(subject.to_string());
        }
        if (by_grant && rbac::is_broad(rbac::breadth(subject.kind, subject.name)) &&
            std::any_of(rules->begin(), rules->end(), discloses_secrets)) {
            openings[target_of(binding.namespace_)].subjects.insert(subject.to_string());
        }
    }
    return openings;
}

}  // namespace redshank::secrets
