// Roles and bindings of rbac.authorization.k8s.io/v1, reduced to what decides rights.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace redshank::rbac {

// Whether one of a rule's verbs, groups, resources or names is this one.
inline bool has(const std::vector<std::string>& texts, std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

struct PolicyRule {
    std::vector<std::string> verbs, api_groups, resources, resource_names, non_resource_urls;
    bool operator==(const PolicyRule&) const = default;
    auto parts() const { return std::tie(verbs, api_groups, resources, resource_names, non_resource_urls); }
    bool operator<(const PolicyRule& other) const { return parts() < other.parts(); }
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
    // The namespace of the role: that of the binding for a Role, none for a ClusterRole.
    std::string_view role_namespace() const { return role_kind == "Role" ? namespace_ : std::string_view{}; }
    // "RoleBinding shop/tmp → ClusterRole edit".
    std::string to_string() const;
    bool operator==(const Binding&) const = default;
};

// The rows of the state have the API's form, without fields that decide no rights.

template <class V>
void describe(V& v, PolicyRule& row) {
    v.sparse("verbs", row.verbs);
    v.sparse("apiGroups", row.api_groups);
    v.sparse("resources", row.resources);
    v.sparse("resourceNames", row.resource_names);
    v.sparse("nonResourceURLs", row.non_resource_urls);
}

template <class V>
void describe(V& v, LabelSelector::Expression& row) {
    v.must("key", row.key);
    v.must("operator", row.op);
    v("values", row.values);
}

template <class V>
void describe(V& v, LabelSelector& row) {
    v("matchLabels", row.match_labels);
    v("matchExpressions", row.expressions);
}

struct Metadata {
    std::string &name, &namespace_;
    Labels& labels;
};
template <class V>
void describe(V& v, Metadata& row) {
    v.must("name", row.name);
    v.sparse("namespace", row.namespace_);
    v.sparse("labels", row.labels);
}

struct AggregationRule {
    std::vector<LabelSelector> selectors;
};
template <class V>
void describe(V& v, AggregationRule& row) {
    v.must("clusterRoleSelectors", row.selectors);
}

template <class V>
void describe(V& v, Role& row) {
    std::string kind(row.kind());
    v.must("kind", kind);
    v.must("metadata", Metadata{row.name, row.namespace_, row.labels});
    v("rules", row.rules);
    std::optional<AggregationRule> aggregation;
    if (row.is_aggregated) aggregation.emplace(AggregationRule{row.selectors});
    v("aggregationRule", aggregation);
    row.is_aggregated = aggregation.has_value();
    if (aggregation) row.selectors = std::move(aggregation->selectors);
}

struct RoleRef {
    std::string &kind, &name;
};
template <class V>
void describe(V& v, RoleRef& row) {
    v.must("kind", row.kind);
    v.must("name", row.name);
}

template <class V>
void describe(V& v, Subject& row) {
    v.must("kind", row.kind);
    v.must("name", row.name);
    v.sparse("namespace", row.namespace_);
}

template <class V>
void describe(V& v, Binding& row) {
    std::string kind(row.is_cluster_wide() ? "ClusterRoleBinding" : "RoleBinding");
    Labels none;
    v.must("kind", kind);
    v.must("metadata", Metadata{row.name, row.namespace_, none});
    v.must("roleRef", RoleRef{row.role_kind, row.role_name});
    v("subjects", row.subjects);
}

// Key of an object in the mirror and in the state: "namespace/name", "/name" for the cluster-wide ones.
std::string object_key(std::string_view namespace_, std::string_view name);

}  // namespace redshank::rbac
