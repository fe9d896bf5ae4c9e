// The grant that let a request through, read from the annotation authorization.k8s.io/reason. Text made by
// plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go:
//   RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "g"
//   RBAC: allowed by RoleBinding "b/ns" of Role "r" to ServiceAccount "name/namespace"
//   EKS Access Policy: allowed by ClusterRoleBinding "arn:…" of ClusterRole "arn:…" to User "bob"
// Authorizers of distributions that write the same words name grants, too, but no objects of the cluster.
// Only the first binding that matched is named: it is sufficient, not the only one. "" stands for
// system:masters and for the Node authorizer; other authorizers write other texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redshank::audit {

struct Grant {
    std::string authorizer;    // "RBAC", "EKS Access Policy": what stands before ": allowed by"
    std::string binding_kind;  // "ClusterRoleBinding" | "RoleBinding"
    std::string binding_namespace, binding_name;
    std::string role_kind;  // "ClusterRole" | "Role"; a Role lives in the binding's namespace
    std::string role_name;
    std::string subject_kind;  // "User" | "Group" | "ServiceAccount"
    std::string subject_namespace, subject_name;

    bool is_rbac() const { return authorizer == "RBAC"; }
    bool is_cluster_wide() const { return binding_kind == "ClusterRoleBinding"; }
    // "RoleBinding prod/tmp → ClusterRole edit → Group dev", as findings write it.
    std::string to_string() const;
    bool operator==(const Grant&) const = default;
};

// Whether the refusal says that a role which a binding names does not exist, or is not known to this server
// yet:
//   RBAC: clusterrole.rbac.authorization.k8s.io "r" not found
//   RBAC: [clusterrole.rbac.authorization.k8s.io "r" not found, role.rbac.authorization.k8s.io "s" not found]
bool names_missing_role(std::string_view reason);

// Nothing when the text is of another form.
std::optional<Grant> parse_grant(std::string_view reason);

}  // namespace redshank::audit
