// A second, slow implementation of the policy: it expands every list and compares whole texts, in the order
// of the documentation of audit.k8s.io/v1. It shares only the types with audit/policy.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "audit/policy/policy.h"

namespace redshank::audit::policy::test {

inline bool literal_matches(const Rule& rule, const Request& request) {
    const auto set_of = [](const Texts& texts) {
        std::set<std::string> all;
        for (const Text& text : texts) all.insert(text.value);
        return all;
    };
    // "An empty list implies every user."
    const std::set<std::string> users = set_of(rule.users), groups = set_of(rule.user_groups),
                                verbs = set_of(rule.verbs), namespaces = set_of(rule.namespaces),
                                urls = set_of(rule.urls);
    if (!users.empty()) {
        if (!request.has_user) return false;
        if (users.count(std::string(request.user)) == 0) return false;
    }
    if (!groups.empty()) {
        if (!request.has_user) return false;
        size_t shared = 0;
        for (const std::string_view group : request.groups) shared += groups.count(std::string(group));
        if (shared == 0) return false;
    }
    if (!verbs.empty() && verbs.count(std::string(request.verb)) == 0) return false;
    const bool wants_resource = !namespaces.empty() || !rule.resources.empty();
    if (wants_resource && !request.is_resource) return false;
    if (!wants_resource && !urls.empty()) {
        if (request.is_resource) return false;
        for (const std::string& url : urls) {
            // Every prefix of the path, followed by a *, is a pattern that matches it.
            std::set<std::string> patterns{"*", request.path};
            for (size_t length = 0; length <= request.path.size(); ++length)
                patterns.insert(request.path.substr(0, length) + "*");
            if (patterns.count(url) > 0) return true;
        }
        return false;
    }
    if (!wants_resource) return true;
    if (!namespaces.empty() && namespaces.count(request.namespace_) == 0) return false;
    if (rule.resources.empty()) return true;
    // All names that an entry can use for this request.
    std::set<std::string> names{"*", request.resource + "/*"};
    if (request.subresource.empty()) {
        names.insert(request.resource);
    } else {
        names.insert(request.resource + "/" + request.subresource);
        names.insert("*/" + request.subresource);
    }
    for (const GroupResources& entry : rule.resources) {
        const std::set<std::string> groups_of_entry{request.group, "*"};
        if (groups_of_entry.count(entry.group.value) == 0) continue;
        if (entry.resources.empty()) return true;
        bool has_name = false, has_resource = false;
        for (const Text& resource : entry.resources)
            has_resource = has_resource || names.count(resource.value) > 0;
        for (const Text& name : entry.resource_names) has_name = has_name || name.value == request.name;
        if (has_resource && (has_name || entry.resource_names.empty())) return true;
    }
    return false;
}

struct LiteralDecision {
    std::string level = "None";
    std::set<std::string> omitted;
    bool omit_managed_fields = false;
    size_t rule = 0;  // counted from 1; 0: none
};

inline LiteralDecision literal_decide(const Policy& policy, const Request& request) {
    LiteralDecision decision;
    decision.omit_managed_fields = policy.omit_managed_fields;
    for (const Text& stage : policy.omit_stage_words) decision.omitted.insert(stage.value);
    // Backwards, so that the first rule that matches is written last.
    for (size_t i = policy.rules.size(); i-- > 0;) {
        const Rule& rule = policy.rules[i];
        if (!literal_matches(rule, request)) continue;
        decision.rule = i + 1;
    }
    if (decision.rule == 0) return decision;
    const Rule& rule = policy.rules[decision.rule - 1];
    decision.level = rule.level_word.value;
    for (const Text& stage : rule.omit_stage_words) decision.omitted.insert(stage.value);
    if (rule.omit_managed_fields) decision.omit_managed_fields = *rule.omit_managed_fields;
    return decision;
}

}  // namespace redshank::audit::policy::test
