#include "audit/policy/examples.h"

#include <algorithm>

namespace redshank::audit::policy {

namespace {

constexpr size_t kMaxExamples = 200'000;
// A name that no policy contains: Kubernetes names contain no space.
constexpr const char* kOther = "any other";

struct Object {
    std::string group, resource, subresource, name;
};

std::vector<std::string> values(const Texts& texts, std::vector<std::string> otherwise) {
    if (texts.empty()) return otherwise;
    std::vector<std::string> out;
    for (const Text& text : texts) out.push_back(text.value);
    return out;
}

// An account that is a member of this group.
Actor member_of(const std::string& group) {
    constexpr std::string_view kServiceAccounts = "system:serviceaccounts:";
    if (group == "system:unauthenticated") return {.user = "system:anonymous", .groups = {group}};
    if (group.starts_with(kServiceAccounts))
        return actor_named("system:serviceaccount:" + group.substr(kServiceAccounts.size()) + ":" + kOther);
    Actor actor = actor_named(kOther);
    if (std::find(actor.groups.begin(), actor.groups.end(), group) == actor.groups.end())
        actor.groups.push_back(group);
    return actor;
}

std::vector<Actor> actors_of(const Rule& rule) {
    std::vector<Actor> actors;
    for (const Text& user : rule.users) {
        const Actor actor = actor_named(user.value);
        if (rule.user_groups.empty()) actors.push_back(actor);
        for (const Text& group : rule.user_groups) {
            actors.push_back(actor);
            if (std::find(actor.groups.begin(), actor.groups.end(), group.value) == actor.groups.end())
                actors.back().groups.push_back(group.value);
        }
    }
    if (!rule.users.empty()) return actors;
    for (const Text& group : rule.user_groups) actors.push_back(member_of(group.value));
    if (!rule.user_groups.empty()) return actors;
    return {actor_named(kOther), member_of("system:unauthenticated"), {.has_user = false}};
}

void add_objects(const GroupResources& entry, const std::string& pattern, std::vector<Object>& objects) {
    const std::string group = entry.group.value == "*" ? kOther : entry.group.value;
    const size_t slash = pattern.find('/');
    std::string resource = pattern.substr(0, slash);
    if (resource == "*") resource = kOther;
    for (const std::string& name : values(entry.resource_names, {kOther, ""})) {
        if (slash == pattern.npos || pattern.ends_with("/*")) objects.push_back({group, resource, "", name});
        if (slash == pattern.npos && pattern != "*") continue;
        std::string subresource = slash == pattern.npos ? "" : pattern.substr(slash + 1);
        if (subresource.empty() || subresource == "*") subresource = kOther;
        objects.push_back({group, resource, subresource, name});
    }
}

std::vector<Object> objects_of(const Rule& rule) {
    std::vector<Object> objects;
    for (const GroupResources& entry : rule.resources) {
        for (const std::string& pattern : values(entry.resources, {"*"}))
            add_objects(entry, pattern, objects);
    }
    if (rule.resources.empty()) objects.push_back({kOther, kOther, "", kOther});
    return objects;
}

// Objects of one kind, with the names that the rule lists.
std::vector<Object> objects_of(const Rule& rule, const Request& kind) {
    std::vector<Object> objects;
    const auto add = [&](const Texts& names) {
        for (const std::string& name : values(names, {kOther, ""}))
            objects.push_back({kind.group, kind.resource, kind.subresource, name});
    };
    for (const GroupResources& entry : rule.resources) add(entry.resource_names);
    if (rule.resources.empty()) add({});
    return objects;
}

std::vector<std::string> paths_of(const Rule& rule) {
    std::vector<std::string> paths;
    for (std::string url : values(rule.urls, {"*"})) {
        const bool is_prefix = url.ends_with('*');
        url = url.substr(0, url.find_last_not_of('*') + 1);
        paths.push_back(url.empty() ? "/" : url);
        if (is_prefix) paths.push_back(paths.back() + kOther);
    }
    return paths;
}

class Examples {
  public:
    // `kind` restricts the examples; nullptr: no restriction.
    Examples(const Rule& rule, const Request* kind, const std::function<bool(const Request&)>& use)
        : rule_(rule), kind_(kind), use_(use) {}

    void run() {
        for (const Actor& actor : actors_of(rule_)) {
            request_.has_user = actor.has_user;
            request_.user = actor.user;
            request_.groups.assign(actor.groups.begin(), actor.groups.end());
            if (rule_.urls.empty() && !resources()) return;
            if (!rule_.is_about_resources() && kind_ == nullptr && !urls()) return;
        }
    }

  private:
    bool resources() {
        request_.is_resource = true;
        for (const Object& object : kind_ == nullptr ? objects_of(rule_) : objects_of(rule_, *kind_)) {
            request_.group = object.group;
            request_.resource = object.resource;
            request_.subresource = object.subresource;
            request_.name = object.name;
            for (const std::string& name_space : values(rule_.namespaces, {kOther, ""})) {
                request_.namespace_ = name_space;
                if (!verbs(kResourceVerbs)) return false;
            }
        }
        return true;
    }

    bool urls() {
        request_ = {.has_user = request_.has_user, .user = request_.user, .groups = request_.groups};
        for (const std::string& path : paths_of(rule_)) {
            request_.path = path;
            if (!verbs(kUrlVerbs)) return false;
        }
        return true;
    }

    template <typename Verbs>
    bool verbs(const Verbs& possible) {
        for (const std::string_view verb : possible) {
            if (kind_ != nullptr && kind_->verb != verb) continue;
            request_.verb = verb;
            if (!matches(rule_, request_)) continue;
            if (++count_ > kMaxExamples || !use_(request_)) return false;
        }
        return true;
    }

    const Rule& rule_;
    const Request* kind_;
    const std::function<bool(const Request&)>& use_;
    Request request_;
    size_t count_ = 0;
};

}  // namespace

Actor actor_named(std::string user) {
    if (user == "system:anonymous") return {.user = std::move(user), .groups = {"system:unauthenticated"}};
    Actor actor{.user = std::move(user)};
    constexpr std::string_view kServiceAccount = "system:serviceaccount:";
    if (actor.user.starts_with(kServiceAccount)) {
        const std::string rest = actor.user.substr(kServiceAccount.size());
        actor.groups = {"system:serviceaccounts", "system:serviceaccounts:" + rest.substr(0, rest.find(':'))};
    }
    actor.groups.push_back("system:authenticated");
    return actor;
}

void each_example(const Rule& rule, const std::function<bool(const Request&)>& use) {
    Examples(rule, nullptr, use).run();
}

void each_example_of(const Rule& rule, const Request& kind, const std::function<bool(const Request&)>& use) {
    Examples(rule, &kind, use).run();
}

}  // namespace redshank::audit::policy
