#include <fmt/format.h>

#include <algorithm>

#include "audit/nearest.h"
#include "audit/policy/examples.h"
#include "audit/policy/lint.h"
#include "audit/policy/request.h"
#include "audit/policy/resources.h"

namespace redshank::audit::policy {

namespace {

struct Translation {
    std::string_view method, verb;
};
constexpr Translation kMethods[] = {
    {"post", "create"}, {"put", "update"}, {"head", "get"}, {"delete", "delete"}, {"patch", "patch"}};

template <typename Words>
bool is_one_of(const Words& words, std::string_view word) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

class WordLint {
  public:
    WordLint(const Policy& policy, std::vector<Problem>& problems) : policy_(policy), problems_(problems) {}

    void rule(const Rule& rule) {
        verbs(rule);
        for (const GroupResources& entry : rule.resources) resources(rule, entry);
        for (const Text& url : rule.urls) path(url);
        exact(rule.users, "users");
        exact(rule.user_groups, "userGroups");
        exact(rule.namespaces, "namespaces");
        accounts(rule);
    }

  private:
    void add(const Text& at, Severity severity, std::string text) {
        problems_.push_back({at.place, severity, std::move(text), ""});
    }

    void verbs(const Rule& rule) {
        const bool of_resources = rule.urls.empty(), of_urls = !rule.is_about_resources();
        size_t known = 0;
        for (const Text& verb : rule.verbs) {
            // The API server gives the verb proxy to a path with the legacy prefix /proxy/.
            const bool is_known = (of_resources && (is_one_of(kResourceVerbs, verb.value) ||
                                                    verb.value == "proxy" || verb.value.empty())) ||
                                  (of_urls && is_one_of(kUrlVerbs, verb.value));
            known += is_known;
            if (!is_known) add(verb, Severity::Warning, verb_text(verb.value, of_resources));
        }
        if (!rule.verbs.empty() && known == 0) {
            problems_.push_back({rule.place, Severity::Warning,
                                 "The rule never matches: no request has one of its verbs.", ""});
        }
    }

    static std::string verb_text(const std::string& verb, bool of_resources) {
        if (verb == "*") return "* is no verb here and matches nothing; leave verbs away to mean all.";
        for (const auto& [method, of] : kMethods) {
            if (of_resources && verb == method)
                return fmt::format("{} is a method, requests on resources have verbs: write {}.", verb, of);
            if (!of_resources && verb == of)
                return fmt::format("{} never comes with a URL, requests on URLs have methods: write {}.",
                                   verb, method);
        }
        if (verb == "exec" || verb == "attach" || verb == "portforward") {
            return fmt::format("{} is no verb: it is the subresource pods/{}, with the verbs create and get.",
                               verb, verb);
        }
        std::vector<std::string_view> known(std::begin(kResourceVerbs), std::end(kResourceVerbs));
        if (!of_resources) known.assign(std::begin(kUrlVerbs), std::end(kUrlVerbs));
        const std::string near = nearest_name(verb, known);
        return fmt::format("No request has the verb {}{}", verb,
                           near.empty() ? "." : fmt::format("; did you mean {}?", near));
    }

    void resources(const Rule& rule, const GroupResources& entry) {
        const std::string& group = entry.group.value;
        if (group == "extensions") {
            add(entry.group, Severity::Note,
                "The group extensions is gone since Kubernetes 1.22; this part matches nothing.");
            return;
        }
        for (const Text& resource : entry.resources) {
            if (!pattern(resource)) continue;
            if (group != "*" && is_built_in_group(group)) built_in(rule, entry, resource);
        }
        names(rule, entry);
    }

    // Whether the text can be a resource's name at all.
    bool pattern(const Text& resource) {
        const std::string& text = resource.value;
        if (text == "*") return true;
        const std::string_view before = std::string_view(text).substr(0, text.find('/'));
        const std::string_view behind =
            before.size() == text.size() ? "" : std::string_view(text).substr(before.size() + 1);
        const auto is_part = [](std::string_view part) { return part == "*" || part.find('*') == part.npos; };
        if (text == "*/*" || !is_part(before) || !is_part(behind)) {
            add(resource, Severity::Warning,
                fmt::format(
                    "{} matches nothing: * stands for a whole resource or subresource, as in *, pods/* "
                    "and */status.",
                    text));
            return false;
        }
        if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
            add(resource, Severity::Warning,
                fmt::format(
                    "{} matches nothing: resources are named in the plural and in lower case, as in the "
                    "URL.",
                    text));
            return false;
        }
        return true;
    }

    void built_in(const Rule& rule, const GroupResources& entry, const Text& text) {
        const std::string& group = entry.group.value;
        const std::string name = text.value.substr(0, text.value.find('/'));
        if (name == "*") return;
        const Resource* resource = find_resource(group, name, policy_.kubernetes);
        if (resource == nullptr) {
            unknown(group, name, text);
            return;
        }
        const std::string subresource =
            name.size() == text.value.size() ? "" : text.value.substr(name.size() + 1);
        if (!subresource.empty() && subresource != "*" && !resource->has_subresource(subresource)) {
            add(text, Severity::Warning,
                fmt::format("{} matches nothing: {} have {}.", text.value, name,
                            resource->subresources.empty()
                                ? "no subresources"
                                : fmt::format("the subresources {}", resource->subresources)));
        }
        // A Namespace is in the namespace of its own name.
        if (!resource->is_namespaced && name != "namespaces" && !rule.namespaces.empty() &&
            !holds(rule.namespaces, "")) {
            add(text, Severity::Warning,
                fmt::format("{} lie in no namespace, so namespaces must hold \"\" to match them.", name));
        }
    }

    void unknown(const std::string& group, const std::string& name, const Text& text) {
        const std::string shown = group.empty() ? "The core group" : "The group " + group;
        for (const Resource& other : built_in_resources()) {
            if (other.group != group || other.name != name) continue;
            add(text, Severity::Note,
                fmt::format("{} has no {} in Kubernetes 1.{}.", shown, name, policy_.kubernetes));
            return;
        }
        std::string advice;
        std::vector<std::string> groups;
        for (const std::string_view other : groups_with(name, policy_.kubernetes))
            groups.emplace_back(other.empty() ? "\"\"" : other);
        if (!groups.empty()) {
            advice = fmt::format(": they are in group {}.", listed(groups));
        } else {
            std::vector<std::string_view> known;
            for (const Resource& other : built_in_resources()) {
                if (other.group == group) known.push_back(other.name);
            }
            const std::string near = nearest_name(name, known);
            if (!near.empty()) advice = fmt::format("; did you mean {}?", near);
        }
        add(text, Severity::Warning,
            fmt::format("{} has no {}, so this matches nothing{}", shown, name,
                        advice.empty() ? "." : advice));
    }

    // A create has no name yet when the policy is evaluated, and a deletecollection has none at all.
    void names(const Rule& rule, const GroupResources& entry) {
        if (entry.resource_names.empty() || rule.verbs.empty()) return;
        const bool has_none = std::all_of(rule.verbs.begin(), rule.verbs.end(), [](const Text& verb) {
            return verb.value == "create" || verb.value == "deletecollection";
        });
        const bool has_subresource = std::any_of(
            entry.resources.begin(), entry.resources.end(),
            [](const Text& one) { return one.value == "*" || one.value.find('/') != one.value.npos; });
        if (has_none && !has_subresource) {
            add(entry.resource_names.front(), Severity::Warning,
                "This matches nothing: create and deletecollection have no name in their URL.");
        }
    }

    void path(const Text& url) {
        if (url.value.find('?') != url.value.npos) {
            add(url, Severity::Warning,
                fmt::format("{} matches nothing: the path is compared without its query.", url.value));
            return;
        }
        Request request;
        read_path(url.value, request);
        if (request.is_resource && !url.value.ends_with('*')) {
            add(url, Severity::Warning,
                fmt::format("{} matches nothing: it is the URL of a resource; write a rule with resources.",
                            url.value));
        }
    }

    void exact(const Texts& texts, std::string_view key) {
        for (const Text& text : texts) {
            if (text.value.find('*') == text.value.npos) continue;
            add(text, Severity::Warning,
                fmt::format("{} matches nothing: {} are compared letter by letter, there are no patterns.",
                            text.value, key));
        }
    }

    // Reports groups among the users, and users among the groups.
    void accounts(const Rule& rule) {
        for (const Text& user : rule.users) {
            static constexpr std::string_view kGroups[] = {"system:masters", "system:nodes",
                                                           "system:authenticated", "system:unauthenticated",
                                                           "system:serviceaccounts"};
            if (is_one_of(kGroups, user.value) || user.value.starts_with("system:serviceaccounts:")) {
                add(user, Severity::Warning,
                    fmt::format("{} is a group, no user is named so; put it under userGroups.", user.value));
            }
        }
        for (const Text& group : rule.user_groups) {
            if (group.value.starts_with("system:serviceaccount:") ||
                group.value.starts_with("system:node:")) {
                add(group, Severity::Warning,
                    fmt::format("{} is a user, no group is named so; put it under users.", group.value));
            }
        }
    }

    const Policy& policy_;
    std::vector<Problem>& problems_;
};

}  // namespace

void lint_words(const Policy& policy, std::vector<Problem>& problems) {
    WordLint words(policy, problems);
    for (const Rule& rule : policy.rules) words.rule(rule);
}

}  // namespace redshank::audit::policy
