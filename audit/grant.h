// The grant that allowed a request, read from the annotation authorization.k8s.io/reason. Its text is written
// by plugin/pkg/auth/authorizer/rbac/rbac.go and pkg/registry/rbac/validation/rule.go:
//   RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "g"
//   RBAC: allowed by RoleBinding "b/ns" of Role "r" to ServiceAccount "name/namespace"
//   EKS Access Policy: allowed by ClusterRoleBinding "arn:…" of ClusterRole "arn:…" to User "bob"
// Authorizers of distributions use the same words, but their grants are not objects of the cluster. RBAC
// names only the first binding that matched: it is sufficient, but may not be the only one. The text is ""
// for system:masters and for the Node authorizer; other authorizers write other texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redshank::audit {

struct Grant {
    std::string authorizer;    // "RBAC", "EKS Access Policy": the text before ": allowed by"
    std::string binding_kind;  // "ClusterRoleBinding" | "RoleBinding"
    std::string binding_namespace, binding_name;
    std::string role_kind;  // "ClusterRole" | "Role"; a Role is in the binding's namespace
    std::string role_name;
    std::string subject_kind;  // "User" | "Group" | "ServiceAccount"
    std::string subject_namespace, subject_name;

    bool is_rbac() const { return authorizer == "RBAC"; }
    bool is_cluster_wide() const { return binding_kind == "ClusterRoleBinding"; }
    // The form that findings use: "RoleBinding prod/tmp → ClusterRole edit → Group dev".
    std::string to_string() const;
    bool operator==(const Grant&) const = default;
};

// Whether a refusal's reason says that the role of a binding does not exist, or that this server does not
// know it yet:
//   RBAC: clusterrole.rbac.authorization.k8s.io "r" not found
//   RBAC: [clusterrole.rbac.authorization.k8s.io "r" not found, role.rbac.authorization.k8s.io "s" not found]
bool names_missing_role(std::string_view reason);

// Nothing when the text has another form.
std::optional<Grant> parse_grant(std::string_view reason);

}  // namespace redshank::audit
