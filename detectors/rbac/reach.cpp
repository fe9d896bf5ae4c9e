#include "detectors/rbac/reach.h"
#include "core/request/verbs.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace redshank::rbac {

namespace {

template <class Accepts>
bool all_of(const std::vector<std::string>& texts, Accepts accepts) {
    return !texts.empty() && std::all_of(texts.begin(), texts.end(), accepts);
}

bool is_object(std::string_view resource) {
    const size_t slash = resource.find('/');
    return resource.find('*') == resource.npos &&
           (slash == resource.npos || resource.substr(slash) == "/status");
}

bool asks_about_oneself(const PolicyRule& rule) {
    return all_of(rule.verbs, [](std::string_view verb) { return verb == "create"; }) &&
           all_of(rule.api_groups,
                  [](std::string_view group) {
                      return group == "authorization.k8s.io" || group == "authentication.k8s.io";
                  }) &&
           all_of(rule.resources, [](std::string_view resource) {
               return resource.starts_with("self") && resource.find('*') == resource.npos;
           });
}

bool is_public(std::string_view path) {
    static constexpr std::array<std::string_view, 8> kPublic{
        "/version", "/healthz", "/livez", "/readyz", "/api", "/apis", "/openapi", "/.well-known"};
    const std::string_view first = path.substr(0, std::min(path.find('/', 1), path.find('*')));
    return std::find(kPublic.begin(), kPublic.end(), first) != kPublic.end();
}

bool is_named(std::string_view group) {
    return group != "*";
}

// Gets, lists and watches what is no secret.
bool looks(const PolicyRule& rule) {
    const auto is_harmless = [](std::string_view resource) {
        const std::string_view part = resource.substr(std::min(resource.find('/'), resource.size()));
        return resource.find('*') == resource.npos && resource != "secrets" &&
               (part.empty() || part == "/status" || part == "/log" || part == "/scale");
    };
    return reaches_little(rule) || (rule.non_resource_urls.empty() && all_of(rule.verbs, is_read) &&
                                    all_of(rule.api_groups, is_named) && all_of(rule.resources, is_harmless));
}

// Any verb, on what changes nothing but itself.
bool writes_modestly(const PolicyRule& rule) {
    static constexpr std::array<std::string_view, 5> kOwnWork{"events", "leases", "pods/eviction",
                                                              "tokenreviews", "subjectaccessreviews"};
    if (!rule.non_resource_urls.empty()) return false;
    if (all_of(rule.api_groups, is_custom_group) && !rule.resources.empty()) return true;
    return all_of(rule.api_groups, is_named) && all_of(rule.resources, [](std::string_view resource) {
               return std::find(kOwnWork.begin(), kOwnWork.end(), resource) != kOwnWork.end();
           });
}

}  // namespace

bool is_custom_group(std::string_view group) {
    return group.find('.') != group.npos && !group.ends_with(".k8s.io");
}

bool reaches_little(const PolicyRule& rule) {
    if (rule.api_groups.empty() && rule.resources.empty())
        return all_of(rule.verbs, [](std::string_view verb) { return verb == "get"; }) &&
               all_of(rule.non_resource_urls, is_public);
    if (!rule.non_resource_urls.empty()) return false;
    return asks_about_oneself(rule) ||
           (all_of(rule.verbs, is_read) && all_of(rule.api_groups, is_custom_group) &&
            all_of(rule.resources, is_object));
}

bool reaches_little(const Role& role) {
    return !role.is_aggregated && std::all_of(role.rules.begin(), role.rules.end(),
                                              [](const PolicyRule& rule) { return reaches_little(rule); });
}

bool only_looks(const Role& role) {
    return !role.is_aggregated && !role.rules.empty() &&
           std::all_of(role.rules.begin(), role.rules.end(),
                       [](const PolicyRule& rule) { return looks(rule); });
}

bool gives_everything(const Role& role) {
    return std::any_of(role.rules.begin(), role.rules.end(), [](const PolicyRule& rule) {
        return has(rule.verbs, "*") && has(rule.api_groups, "*") && has(rule.resources, "*");
    });
}

bool is_modest(const Role& role) {
    return !role.is_aggregated && !role.rules.empty() &&
           std::all_of(role.rules.begin(), role.rules.end(),
                       [](const PolicyRule& rule) { return looks(rule) || writes_modestly(rule); });
}

}  // namespace redshank::rbac
