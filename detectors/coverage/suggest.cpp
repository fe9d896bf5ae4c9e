#include "detectors/coverage/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/event_parser.h"
#include "audit/policy/request.h"
#include "audit/policy/resources.h"
#include "detectors/coverage/needs.h"
#include "rules/demanded.h"

namespace redshank::coverage {

namespace policy = audit::policy;
using audit::Level;

namespace {

// Since then a patch that is no JSON is logged at every level (kubernetes#139419); before, only its
// RequestReceived is.
constexpr int kPatchesAreJson = 37;

// Resources by group, as a policy names them.
using Resources = std::map<std::string, std::set<std::string>>;

bool is_secret(const std::string& group, const std::string& resource) {
    return (group.empty() &&
            (resource == "secrets" || resource == "configmaps" || resource == "serviceaccounts/token")) ||
           (group == "authentication.k8s.io" && resource == "tokenreviews");
}

void add(Resources& to, const std::string& group, std::string resource, const std::string& subresource) {
    if (resource.empty() || resource == kAnyResource) return;
    if (!subresource.empty()) resource += "/" + subresource;
    if (!is_secret(group, resource)) to[group].insert(resource);
}

// The objects of a rule's examples that it matches.
void add_rule(const rules::Rule& rule, Resources& to) {
    audit::EventParser parser;
    audit::Event event;
    for (const rules::RuleExample& example : rule.examples.get()) {
        for (std::string text : example.events) {
            const size_t size = text.size();
            text.append(audit::kPadding, '\0');
            const bool is_event =
                parser.parse(std::string_view(text).substr(0, size), event) == audit::ParseError::None;
            if (!example.matches || !is_event) continue;
            const policy::Request request = policy::request_of(event);
            add(to, request.group, request.resource, request.subresource);
        }
    }
}

// The built-in objects that its condition asks for.
void add_condition(const rules::Rule& rule, int kubernetes, Resources& to) {
    const auto resources = rules::demanded(*rule.condition, "objectRef.resource");
    const auto subresources = rules::demanded(*rule.condition, "objectRef.subresource");
    if (!resources) return;
    for (const std::string& resource : *resources) {
        for (const std::string_view group : policy::groups_with(resource, kubernetes)) {
            for (const std::string& subresource : subresources.value_or(std::vector<std::string>{""}))
                add(to, std::string(group), resource, subresource);
        }
    }
}

std::string resources_yaml(const Resources& resources) {
    std::string out = "  resources:\n";
    for (const auto& [group, names] : resources) {
        out += fmt::format("  - group: \"{}\"\n    resources: [{}]\n", group, fmt::join(names, ", "));
    }
    return out;
}

struct Bodies {
    Resources requests, responses;
};

Bodies bodies_of(const std::vector<rules::RulePtr>& rules, int kubernetes) {
    Bodies bodies;
    for (const Need& need : needs()) {
        Resources* to = need.full == Level::RequestResponse ? &bodies.responses
                        : need.full == Level::Request       ? &bodies.requests
                                                            : nullptr;
        if (to != nullptr)
            add(*to, std::string(need.group), std::string(need.resource), std::string(need.subresource));
    }
    for (const rules::RulePtr& rule : rules) {
        if (rule->level == rules::Needs::Metadata) continue;
        Resources& to = rule->level == rules::Needs::Request ? bodies.requests : bodies.responses;
        add_rule(*rule, to);
        add_condition(*rule, kubernetes, to);
    }
    for (auto& [group, names] : bodies.requests) {
        for (const std::string& name : bodies.responses[group]) names.erase(name);
    }
    std::erase_if(bodies.requests, [](const auto& entry) { return entry.second.empty(); });
    std::erase_if(bodies.responses, [](const auto& entry) { return entry.second.empty(); });
    return bodies;
}

std::string head(int kubernetes) {
    return fmt::format(
        "# Written by `redshank policy suggest` for Kubernetes 1.{}: the least that feeds every detector and "
        "rule that\n"
        "# is enabled. The first rule that matches decides, so their order matters.\n"
        "apiVersion: audit.k8s.io/v1\nkind: Policy\n# A sixth of a body is bookkeeping of server-side "
        "apply.\n"
        "omitManagedFields: true\n{}rules:\n",
        kubernetes,
        kubernetes >= kPatchesAreJson ? "# The answer tells all that this stage tells. ResponseStarted "
                                        "stays: failed logins have no other.\n"
                                        "omitStages: [RequestReceived]\n"
                                      : "");
}

constexpr std::string_view kQuiet =
    "# Health checks.\n"
    "- level: None\n"
    "  nonResourceURLs: [\"/healthz*\", \"/livez*\", \"/readyz*\"]\n"
    "# Heartbeats and elections of the control plane and of nodes, and the Events that they write: most of "
    "the log.\n"
    "- level: None\n"
    "  userGroups: [\"system:nodes\"]\n"
    "  verbs: [get, create, update, patch]\n"
    "  namespaces: [kube-node-lease]\n"
    "  resources:\n"
    "  - group: coordination.k8s.io\n"
    "    resources: [leases]\n"
    "- level: None\n"
    "  userGroups: [\"system:nodes\", \"system:serviceaccounts:kube-system\"]\n"
    "  verbs: [get, create, update, patch]\n"
    "  resources:\n"
    "  - group: \"\"\n"
    "    resources: [events]\n"
    "  - group: events.k8s.io\n"
    "    resources: [events]\n"
    "- level: None\n"
    "  users: [\"system:kube-controller-manager\", \"system:kube-scheduler\", \"system:apiserver\"]\n"
    "  verbs: [get, create, update, patch]\n"
    "  resources:\n"
    "  - group: coordination.k8s.io\n"
    "    resources: [leases]\n";

constexpr std::string_view kSecrets =
    "  resources:\n"
    "  - group: \"\"\n"
    "    resources: [secrets, configmaps, serviceaccounts/token]\n"
    "  - group: authentication.k8s.io\n"
    "    resources: [tokenreviews]\n";

}  // namespace

std::string suggest(const std::vector<rules::RulePtr>& rules, int kubernetes) {
    // Below 1.37 rules without bodies omit the stage themselves, and those with bodies do not.
    const std::string omit = kubernetes >= kPatchesAreJson ? "" : "  omitStages: [RequestReceived]\n";
    const std::string patches =
        kubernetes >= kPatchesAreJson
            ? ""
            : "# RequestReceived is kept: below 1.37 it is all that a patch whose body is no JSON leaves.\n";
    const Bodies bodies = bodies_of(rules, kubernetes);
    std::string out = head(kubernetes);
    out += kQuiet;
    out +=
        "# Who reads and writes these is told at Metadata; above it their values would stand in the log.\n";
    out += fmt::format("- level: Metadata\n{}{}", omit, kSecrets);
    if (!bodies.responses.empty()) {
        out += fmt::format(
            "# What a change led to: subjects and rights, for exposure windows.\n{}- level: RequestResponse\n"
            "  verbs: [create, update, patch, delete, deletecollection]\n{}",
            patches, resources_yaml(bodies.responses));
    }
    if (!bodies.requests.empty()) {
        out += fmt::format(
            "# What was asked for: rules look at images, mounts, privileges, webhooks.\n{}- level: Request\n"
            "  verbs: [create, update, patch]\n{}",
            patches, resources_yaml(bodies.requests));
    }
    out += fmt::format(
        "# Everything else: who did what, from where, and by which right.\n- level: Metadata\n{}", omit);
    return out;
}

}  // namespace redshank::coverage
