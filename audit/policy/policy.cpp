#include "audit/policy/policy.h"

#include <algorithm>
#include <charconv>

namespace redshank::audit::policy {

namespace {

bool in_one_of(const Request& request, const Texts& groups) {
    return std::any_of(request.groups.begin(), request.groups.end(),
                       [&](std::string_view group) { return holds(groups, group); });
}

bool path_matches(std::string_view path, std::string_view pattern) {
    if (pattern == "*" || pattern == path) return true;
    if (!pattern.ends_with('*')) return false;
    return path.starts_with(pattern.substr(0, pattern.find_last_not_of('*') + 1));
}

// Matches an entry of resources[].resources. "pods" does not match "pods/log"; "pods/*" matches "pods" as
// well.
bool resource_matches(std::string_view pattern, const Request& request) {
    if (pattern == "*") return true;
    const std::string_view resource = request.resource, subresource = request.subresource;
    const size_t slash = pattern.find('/');
    if (subresource.empty()
            ? pattern == resource
            : pattern.size() == resource.size() + 1 + subresource.size() && pattern.starts_with(resource) &&
                  pattern[resource.size()] == '/' && pattern.ends_with(subresource)) {
        return true;
    }
    if (slash == pattern.npos) return false;
    if (!subresource.empty() && pattern.starts_with("*/") && pattern.substr(2) == subresource) return true;
    return pattern.ends_with("/*") && pattern.substr(0, pattern.size() - 2) == resource;
}

bool group_matches(const GroupResources& entry, const Request& request) {
    if (entry.group.value != "*" && entry.group.value != request.group) return false;
    if (entry.resources.empty()) return true;
    if (!entry.resource_names.empty() && !holds(entry.resource_names, request.name)) return false;
    return std::any_of(entry.resources.begin(), entry.resources.end(),
                       [&](const Text& pattern) { return resource_matches(pattern.value, request); });
}

bool resources_match(const Rule& rule, const Request& request) {
    if (!request.is_resource) return false;
    if (!rule.namespaces.empty() && !holds(rule.namespaces, request.namespace_)) return false;
    return rule.resources.empty() ||
           std::any_of(rule.resources.begin(), rule.resources.end(),
                       [&](const GroupResources& entry) { return group_matches(entry, request); });
}

}  // namespace

bool holds(const Texts& texts, std::string_view value) {
    return std::any_of(texts.begin(), texts.end(), [&](const Text& text) { return text.value == value; });
}

bool Rule::is_catch_all() const {
    return users.empty() && user_groups.empty() && verbs.empty() && resources.empty() && namespaces.empty() &&
           urls.empty();
}

bool matches(const Rule& rule, const Request& request) {
    if (!rule.users.empty() && !(request.has_user && holds(rule.users, request.user))) return false;
    if (!rule.user_groups.empty() && !(request.has_user && in_one_of(request, rule.user_groups)))
        return false;
    if (!rule.verbs.empty() && !holds(rule.verbs, request.verb)) return false;
    if (rule.is_about_resources()) return resources_match(rule, request);
    if (rule.urls.empty()) return true;
    return !request.is_resource && std::any_of(rule.urls.begin(), rule.urls.end(), [&](const Text& url) {
        return path_matches(request.path, url.value);
    });
}

Decision decide(const Policy& policy, const Request& request) {
    Decision decision{.omitted = policy.omit_stages, .omit_managed_fields = policy.omit_managed_fields};
    for (const Rule& rule : policy.rules) {
        if (!matches(rule, request)) continue;
        decision.rule = &rule;
        decision.level = rule.level;
        decision.omitted.add(rule.omit_stages);
        decision.omit_managed_fields = rule.omit_managed_fields.value_or(policy.omit_managed_fields);
        break;
    }
    return decision;
}

Level level_named(std::string_view word) {
    for (const Level level : {Level::None, Level::Metadata, Level::Request, Level::RequestResponse}) {
        if (to_string(level) == word) return level;
    }
    return Level::Unknown;
}

Stage stage_named(std::string_view word) {
    for (const Stage stage :
         {Stage::RequestReceived, Stage::ResponseStarted, Stage::ResponseComplete, Stage::Panic}) {
        if (to_string(stage) == word) return stage;
    }
    return Stage::Unknown;
}

std::optional<int> kubernetes_minor(std::string_view version) {
    if (version.starts_with('v')) version.remove_prefix(1);
    if (!version.starts_with("1.")) return std::nullopt;
    version.remove_prefix(2);
    int minor = 0;
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), minor);
    // The patch number, as in "1.31.4", is irrelevant.
    const bool whole = error == std::errc{} && (end == version.data() + version.size() || *end == '.');
    if (!whole || minor < kOldestKubernetes || minor > kNewestKubernetes) return std::nullopt;
    return minor;
}

}  // namespace redshank::audit::policy
