#include "detectors/rbac/matcher.h"

#include <algorithm>

#include "audit/request_uri.h"
#include "core/request/names.h"

namespace redshank::rbac {

namespace {

bool has_or_all(const std::vector<std::string>& list, std::string_view wanted) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& item) { return item == "*" || item == wanted; });
}

bool resource_matches(const PolicyRule& rule, const Question& question) {
    std::string combined(question.resource);
    if (!question.subresource.empty()) combined.append("/").append(question.subresource);
    return std::any_of(rule.resources.begin(), rule.resources.end(), [&](std::string_view allowed) {
        if (allowed == "*" || allowed == combined) return true;
        return !question.subresource.empty() && allowed.starts_with("*/") &&
               allowed.substr(2) == question.subresource;
    });
}

bool name_matches(const PolicyRule& rule, std::string_view name) {
    return rule.resource_names.empty() || std::find(rule.resource_names.begin(), rule.resource_names.end(),
                                                    name) != rule.resource_names.end();
}

bool path_matches(const PolicyRule& rule, std::string_view path) {
    return std::any_of(rule.non_resource_urls.begin(), rule.non_resource_urls.end(),
                       [&](std::string_view allowed) {
                           if (allowed == "*" || allowed == path) return true;
                           if (!allowed.ends_with('*')) return false;
                           return path.starts_with(allowed.substr(0, allowed.find_last_not_of('*') + 1));
                       });
}

}  // namespace

Question Question::of(const audit::Event& event) {
    if (!event.object.present) {
        return {.verb = event.verb, .is_resource = false, .path = audit::uri_path(event.request_uri)};
    }
    // The authorizer runs before the body is read: objectRef.name of a create came later.
    const bool has_name = event.verb != "create" || !event.object.subresource.empty();
    return {.verb = event.verb,
            .api_group = event.object.api_group,
            .resource = event.object.resource,
            .subresource = event.object.subresource,
            .namespace_ = event.object.namespace_,
            .name = has_name ? event.object.name : std::string_view{}};
}

bool rule_allows(const PolicyRule& rule, const Question& question) {
    if (!has_or_all(rule.verbs, question.verb)) return false;
    if (!question.is_resource) return path_matches(rule, question.path);
    return has_or_all(rule.api_groups, question.api_group) && resource_matches(rule, question) &&
           name_matches(rule, question.name);
}

bool subject_applies(const Subject& subject, std::string_view binding_namespace, const audit::User& user) {
    if (subject.kind == "User") return subject.name == user.username;
    if (subject.kind == "Group") return user.in_group(subject.name);
    if (subject.kind != "ServiceAccount") return false;
    const std::string_view namespace_ =
        subject.namespace_.empty() ? binding_namespace : std::string_view(subject.namespace_);
    const auto account = service_account(user.username);
    return account && !namespace_.empty() && account->namespace_ == namespace_ &&
           account->name == subject.name;
}

}  // namespace redshank::rbac
