#include "detectors/rbac/objects.h"

#include <algorithm>

namespace redshank::rbac {

namespace {

std::string qualified(std::string_view namespace_, std::string_view name) {
    std::string out(namespace_);
    if (!out.empty()) out += '/';
    return out += name;
}

// k8s.io/apimachinery/pkg/labels.Requirement.Matches.
bool expression_matches(const LabelSelector::Expression& expression, const Labels& labels) {
    const auto label = labels.find(expression.key);
    const bool has = label != labels.end();
    const auto is_listed = [&] {
        return std::find(expression.values.begin(), expression.values.end(), label->second) !=
               expression.values.end();
    };
    if (expression.op == "Exists") return has;
    if (expression.op == "DoesNotExist") return !has;
    if (expression.op == "In") return has && is_listed();
    if (expression.op == "NotIn") return !has || !is_listed();
    return false;
}

}  // namespace

bool LabelSelector::matches(const Labels& labels) const {
    for (const auto& [key, value] : match_labels) {
        const auto label = labels.find(key);
        if (label == labels.end() || label->second != value) return false;
    }
    return std::all_of(expressions.begin(), expressions.end(),
                       [&](const Expression& expression) { return expression_matches(expression, labels); });
}

std::string Subject::to_string() const {
    return kind + " " + qualified(namespace_, name);
}

std::string Binding::to_string() const {
    return (is_cluster_wide() ? "ClusterRoleBinding " : "RoleBinding ") + qualified(namespace_, name) +
           " → " + role_kind + " " + qualified(role_namespace(), role_name);
}

std::string object_key(std::string_view namespace_, std::string_view name) {
    std::string key(namespace_);
    key += '/';
    key += name;
    return key;
}

}  // namespace redshank::rbac
