// Roles and bindings of rbac.authorization.k8s.io/v1, as far as they decide who may do what.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace redshank::rbac {

struct PolicyRule {
    std::vector<std::string> verbs, api_groups, resources, resource_names, non_resource_urls;
    auto operator<=>(const PolicyRule&) const = default;
};

using Labels = std::map<std::string, std::string>;

// metav1.LabelSelector. One without any requirement matches everything.
struct LabelSelector {
    struct Expression {
        std::string key, op;  // In | NotIn | Exists | DoesNotExist
        std::vector<std::string> values;
        bool operator==(const Expression&) const = default;
    };
    Labels match_labels;
    std::vector<Expression> expressions;

    bool matches(const Labels& labels) const;
    bool operator==(const LabelSelector&) const = default;
};

// A ClusterRole when `namespace_` is empty.
struct Role {
    std::string namespace_, name;
    Labels labels;
    std::vector<PolicyRule> rules;  // of an aggregated role: as the controller last wrote them
    bool is_aggregated = false;     // has an aggregationRule
    std::vector<LabelSelector> selectors;

    std::string_view kind() const { return namespace_.empty() ? "ClusterRole" : "Role"; }
    bool operator==(const Role&) const = default;
};

struct Subject {
    std::string kind, namespace_, name;  // User | Group | ServiceAccount
    // "Group dev", "ServiceAccount shop/web".
    std::string to_string() const;
    bool operator==(const Subject&) const = default;
};

// A ClusterRoleBinding when `namespace_` is empty.
struct Binding {
    std::string namespace_, name;
    std::string role_kind, role_name;
    std::vector<Subject> subjects;

    bool is_cluster_wide() const { return namespace_.empty(); }
    // Where the role lives: a Role in the binding's namespace, a ClusterRole in none.
    std::string_view role_namespace() const { return role_kind == "Role" ? namespace_ : std::string_view{}; }
    // "RoleBinding shop/tmp → ClusterRole edit".
    std::string to_string() const;
    bool operator==(const Binding&) const = default;
};

// Key of an object in the mirror and in the state: "namespace/name", "/name" for the cluster-wide ones.
std::string object_key(std::string_view namespace_, std::string_view name);

}  // namespace redshank::rbac
