// The audit policy of an API server (audit.k8s.io/v1 Policy), and its decision for a request. Sources:
// apiserver pkg/audit/policy/checker.go and pkg/apis/audit/v1/types.go, Kubernetes 1.24 to 1.37.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"

namespace redshank::audit::policy {

// The minor versions of Kubernetes 1.x whose behaviour is implemented.
inline constexpr int kOldestKubernetes = 24, kNewestKubernetes = 37;

// A place in the policy file, counted from 1; 0 for none.
struct Place {
    size_t line = 0, column = 0;
    bool operator==(const Place&) const = default;
};

// A text of the file, with its place.
struct Text {
    std::string value;
    Place place;
};
using Texts = std::vector<Text>;

bool holds(const Texts& texts, std::string_view value);

// A set of stages.
class Stages {
  public:
    void add(Stage stage) { bits_ |= bit(stage); }
    void add(Stages stages) { bits_ |= stages.bits_; }
    bool has(Stage stage) const { return (bits_ & bit(stage)) != 0; }
    bool operator==(const Stages&) const = default;

  private:
    static unsigned bit(Stage stage) { return 1U << static_cast<unsigned>(stage); }
    unsigned bits_ = 0;
};

struct GroupResources {
    Text group;            // "" is the core group
    Texts resources;       // pods, pods/log, pods/*, */log, *; empty: all of the group
    Texts resource_names;  // empty: all
    Place place;
};

// A request matches a rule when it matches every list that is not empty.
struct Rule {
    Level level = Level::Unknown;
    Texts users;        // authenticated user names, no patterns
    Texts user_groups;  // membership in one of them is enough
    Texts verbs;
    std::vector<GroupResources> resources;
    Texts namespaces;    // "" matches requests without a namespace
    Texts urls;          // nonResourceURLs: /healthz, /api*, *
    Stages omit_stages;  // the rule's own; the policy's are not included
    std::optional<bool> omit_managed_fields;
    Text level_word;  // as written, as are omit_stage_words
    Texts omit_stage_words;
    Place place;

    // Whether the rule matches every request.
    bool is_catch_all() const;
    bool is_about_resources() const { return !resources.empty() || !namespaces.empty(); }
};

struct Policy {
    std::vector<Rule> rules;
    Stages omit_stages;
    bool omit_managed_fields = false;
    Texts omit_stage_words;
    int kubernetes = kNewestKubernetes;
};

// A request as the policy sees it: after authentication, before impersonation and authorization. The views
// refer to what the request was made from.
struct Request {
    bool has_user = false;  // false for a 401: rules with users or groups do not match it
    std::string_view user;
    std::vector<std::string_view> groups;
    std::string_view verb;  // for a resource: get, list, …; otherwise the HTTP method in lower case
    bool is_resource = false;
    std::string group, resource, subresource, namespace_, name;  // from the URL, never from the body
    std::string path;                                            // decoded, without the query
};

struct Decision {
    Level level = Level::None;
    Stages omitted;
    bool omit_managed_fields = false;
    const Rule* rule = nullptr;  // the first rule that matches; nullptr when none does

    // Whether the event of this stage is logged.
    bool keeps(Stage stage) const { return level != Level::None && !omitted.has(stage); }
    // The line of the deciding rule; 0 when no rule matched.
    size_t line() const { return rule == nullptr ? 0 : rule->place.line; }
};

bool matches(const Rule& rule, const Request& request);

// The first rule that matches decides; if none does, nothing is logged.
Decision decide(const Policy& policy, const Request& request);

// Level::Unknown and Stage::Unknown for other words. The server accepts this spelling only.
Level level_named(std::string_view word);
Stage stage_named(std::string_view word);

// The minor version in "1.NN"; nothing when it is not a known version.
std::optional<int> kubernetes_minor(std::string_view version);

}  // namespace redshank::audit::policy
