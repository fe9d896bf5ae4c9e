// Kubernetes' own rules of authorization: pkg/apis/rbac/v1/evaluation_helpers.go and
// pkg/registry/rbac/validation/rule.go, one function each. Rules only allow; there is no deny.
#pragma once

#include <string_view>

#include "audit/event.h"
#include "detectors/rbac/objects.h"

namespace redshank::rbac {

// The attributes of a request to the authorizer (authorizer.Attributes).
struct Question {
    std::string_view verb;
    bool is_resource = true;
    std::string_view api_group, resource, subresource, namespace_;
    std::string_view name;  // also of list and watch with fieldSelector=metadata.name=…
    std::string_view path;  // of a non-resource request

    // The attributes that the API server authorized for this event.
    static Question of(const audit::Event& event);
};

// "*" stands for every verb, group and resource (subresources included); "*/scale" for that subresource of
// everything; "pods" is not "pods/log", and "pods/*" is no pattern. Names: an empty list allows all; else the
// request must name one of them, which a list does by field selector only.
bool rule_allows(const PolicyRule& rule, const Question& question);

// A ServiceAccount subject without a namespace is in the binding's namespace; in a ClusterRoleBinding it
// matches nobody.
bool subject_applies(const Subject& subject, std::string_view binding_namespace, const audit::User& user);

}  // namespace redshank::rbac
