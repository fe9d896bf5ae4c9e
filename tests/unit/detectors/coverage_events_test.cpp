// Coverage says "blind" exactly when simulate loses every event that the kind's own need names: over random
// policies, with events that are parsed from JSON as those of a log are. REDSHANK_COVERAGE_POLICIES sets the
// number of policies.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "audit/policy/resources.h"
#include "audit/policy/shrink.h"
#include "detectors/coverage/coverage.h"
#include "detectors/coverage/needs.h"
#include "tests/support/events.h"
#include "tests/unit/audit/policy/policies.h"

namespace redshank::coverage {
namespace {

namespace policy = audit::policy;
using redshank::test::EventSpec;
using redshank::test::ParsedEvent;

constexpr const char
    *kPerson = R"({"username":"zoe","groups":["system:authenticated"]})",
    *kAccount = R"({"username":"system:serviceaccount:depot:bot","groups":)"
                R"(["system:serviceaccounts","system:serviceaccounts:depot","system:authenticated"]})",
    *kSystem = R"({"username":"system:serviceaccount:kube-system:bot","groups":["system:serviceaccounts",)"
               R"("system:serviceaccounts:kube-system","system:authenticated"]})",
    *kNode = R"({"username":"system:node:w9","groups":["system:nodes","system:authenticated"]})",
    *kNobody = R"({"username":"system:anonymous","groups":["system:unauthenticated"]})";

std::vector<const char*> users(Who who) {
    if (who == Who::Anonymous) return {kNobody};
    if (who == Who::ServiceAccounts) return {kAccount, kSystem};
    return {kPerson, kAccount, kSystem, kNode, kNobody};
}

std::string uri_of(const Need& need, std::string_view verb, const std::string& ns) {
    std::string uri = need.group.empty() ? "/api/v1" : "/apis/" + std::string(need.group) + "/v1";
    if (!ns.empty()) uri += "/namespaces/" + ns;
    uri += "/" + std::string(need.resource);
    const bool has_name =
        !need.subresource.empty() || verb == "get" || verb == "update" || verb == "patch" || verb == "delete";
    if (has_name) uri += "/thing";
    if (!need.subresource.empty()) uri += "/" + std::string(need.subresource);
    return uri;
}

bool stays_open(const Need& need, std::string_view verb) {
    return verb == "watch" || need.subresource == "exec";
}

struct Named {
    ParsedEvent event;
    policy::Request request;
    audit::Level least;
};

// Every event that tells the outcome of a request of the need.
void add_events(const Need& need, std::vector<Named>& out) {
    const policy::Resource* resource =
        policy::find_resource(need.group, need.resource, policy::kNewestKubernetes);
    const bool is_namespaced = resource == nullptr || resource->is_namespaced;
    std::istringstream verbs{std::string(need.verbs)};
    for (std::string verb; verbs >> verb;) {
        for (const char* user : users(need.who)) {
            for (const char* ns : {"depot", "kube-system"}) {
                for (const char* stage : {"ResponseStarted", "ResponseComplete"}) {
                    if (stage == std::string_view("ResponseStarted") && !stays_open(need, verb)) continue;
                    EventSpec spec{.stage = stage,
                                   .level = "RequestResponse",
                                   .verb = verb,
                                   .uri = uri_of(need, verb, is_namespaced ? ns : ""),
                                   .user = user,
                                   .request_object = "{}",
                                   .response_object = "{}"};
                    spec.object.clear();
                    ParsedEvent event(spec.json());
                    policy::Request request = policy::request_of(*event);
                    out.push_back({std::move(event), std::move(request), need.least});
                }
                if (!is_namespaced) break;
            }
        }
    }
}

const std::map<std::string, std::vector<Named>>& events_by_kind() {
    static const auto kAll = [] {
        std::map<std::string, std::vector<Named>> all;
        for (const Need& need : needs()) add_events(need, all[std::string(need.kind)]);
        return all;
    }();
    return kAll;
}

// As simulate writes it; an event below the least level of its need is of no use to the kind.
bool is_lost(const policy::Policy& policy, const Named& named) {
    audit::Event event;
    event.level = named.event->level;
    event.request_object = named.event->request_object;
    event.response_object = named.event->response_object;
    const policy::Decision decision = decide(policy, named.request);
    return !decision.keeps(named.event->stage) || !shrink(event, decision, 100).is_kept ||
           event.level < named.least;
}

constexpr const char* kSelectors[] = {
    "verbs: [get, list, watch]",
    "verbs: [get]",
    "verbs: [create, update, patch, delete, deletecollection]",
    "verbs: [create]",
    "verbs: [watch]",
    "users: [\"system:anonymous\"]",
    "userGroups: [\"system:nodes\"]",
    "userGroups: [\"system:serviceaccounts\"]",
    "userGroups: [\"system:serviceaccounts:kube-system\"]",
    "userGroups: [\"system:authenticated\"]",
    "userGroups: [\"system:unauthenticated\"]",
    "namespaces: [kube-system]",
    "namespaces: [shop]",
    "resources: [{resources: [secrets]}]",
    "resources: [{resources: [secrets], resourceNames: [db]}]",
    "resources: [{resources: [secrets, pods, \"pods/*\"]}]",
    "resources: [{resources: [pods/exec, pods/attach]}]",
    "resources: [{resources: [\"*\"]}]",
    "resources: [{resources: [serviceaccounts/token]}]",
    "resources: [{group: rbac.authorization.k8s.io}]",
    "resources: [{group: rbac.authorization.k8s.io, resources: [roles, rolebindings]}]",
    "resources: [{group: authorization.k8s.io}]",
    "resources: [{group: apps}, {group: batch}]",
    "resources: [{group: any.other}]",
    "resources: [{group: \"*\", resources: [\"*/status\"]}]",
    "nonResourceURLs: [\"*\"]",
};

std::vector<std::string> random_rules(std::mt19937& random) {
    constexpr const char* kLevels[] = {"None", "None", "Metadata", "Request", "RequestResponse"};
    std::vector<std::string> rules;
    for (size_t left = 1 + random() % 5; left > 0; --left) {
        std::string rule = std::string("{level: ") + kLevels[random() % std::size(kLevels)];
        std::set<std::string> keys;
        for (size_t selectors = 1 + random() % 2; selectors > 0; --selectors) {
            const std::string selector = kSelectors[random() % std::size(kSelectors)];
            const std::string key = selector.substr(0, selector.find(':'));
            const bool fits = keys.empty() || (key != "nonResourceURLs" && !keys.contains("nonResourceURLs"));
            if (fits && keys.insert(key).second) rule += ", " + selector;
        }
        if (random() % 8 == 0) rule += ", omitStages: [ResponseComplete]";
        rules.push_back(rule + "}");
    }
    if (random() % 2 == 0) rules.push_back("{level: Metadata}");
    return rules;
}

TEST(CoverageEvents, BlindIsWhatSimulateLosesWhole) {
    const char* wanted = std::getenv("REDSHANK_COVERAGE_POLICIES");
    const size_t policies = wanted == nullptr ? 200 : std::strtoull(wanted, nullptr, 10);
    constexpr const char* kHeads[] = {"", "", "omitStages: [RequestReceived]\n",
                                      "omitStages: [ResponseStarted]\n", "omitStages: [ResponseComplete]\n"};
    std::mt19937 random(20261128);
    size_t blind = 0, seeing = 0;
    for (size_t i = 0; i < policies; ++i) {
        const std::vector<std::string> rules = random_rules(random);
        const std::string head = kHeads[random() % std::size(kHeads)];
        const policy::Policy policy = policy::test::policy_of(rules, head);
        std::set<std::string> kinds;
        for (const Unit& unit : cover(policy, {})) {
            if (unit.unit != "kind") continue;
            kinds.insert(unit.name);
            const auto& events = events_by_kind().at(unit.name);
            const bool loses_all = std::all_of(events.begin(), events.end(),
                                               [&](const Named& one) { return is_lost(policy, one); });
            ASSERT_EQ(unit.state == State::Blind, loses_all)
                << unit.name << " " << head << ::testing::PrintToString(rules);
            ++(loses_all ? blind : seeing);
        }
        ASSERT_EQ(kinds.size(), events_by_kind().size());
    }
    EXPECT_GT(blind, policies);
    EXPECT_GT(seeing, policies);
}

}  // namespace
}  // namespace redshank::coverage
