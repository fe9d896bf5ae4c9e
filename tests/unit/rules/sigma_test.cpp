#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "rules/yaml_loaders.h"
#include "tests/support/corpus.h"
#include "tests/unit/rules/rule_cases.h"

namespace redshank::rules {
namespace {

using test::Request;

std::vector<RulePtr> load(const std::string& text) {
    const auto loader = make_sigma_loader();
    loader->add(text, "s.yml");
    std::vector<std::string> warnings;
    auto rules = loader->finish(warnings);
    EXPECT_TRUE(warnings.empty());
    return rules;
}

RulePtr detection(const std::string& text) {
    return load("title: t\nlogsource: {product: kubernetes, service: audit}\ndetection:\n" + text).front();
}

struct Case {
    const char* detection;
    bool expected;
};
class SigmaDetections : public testing::TestWithParam<Case> {};

TEST_P(SigmaDetections, OnOneEvent) {
    const Request request{.verb = "create",
                          .resource = "pods",
                          .name = "Web-1",
                          .subresource = "exec",
                          .code = 403,
                          .uri = "/api/v1/pods/web/exec?command=%2Fbin%2Fsh",
                          .decision = "forbid",
                          .agent = "curl/8 (x*y)"};
    EXPECT_EQ(test::matches(*detection(GetParam().detection), request), GetParam().expected)
        << GetParam().detection;
}

INSTANTIATE_TEST_SUITE_P(
    Language, SigmaDetections,
    testing::Values(Case{"  s: {verb: create}\n  condition: s\n", true},
                    Case{"  s: {verb: CREATE}\n  condition: s\n", true},
                    Case{"  s: {verb|cased: CREATE}\n  condition: s\n", false},
                    Case{"  s: {verb: [get, create], objectRef.subresource: exec}\n  condition: s\n", true},
                    Case{"  s: {verb: get, objectRef.subresource: exec}\n  condition: s\n", false},
                    Case{"  s: [{verb: get}, {objectRef.subresource: exec}]\n  condition: s\n", true},
                    Case{"  s: {objectRef.name: 'web-*'}\n  condition: s\n", true},
                    Case{"  s: {objectRef.name: 'we?-?2'}\n  condition: s\n", false},
                    Case{"  s: {userAgent|contains: 'x\\*y'}\n  condition: s\n", true},
                    Case{"  s: {userAgent|contains: 'x\\*z'}\n  condition: s\n", false},
                    Case{"  s: {requestURI|contains: '%2fbin%2fsh'}\n  condition: s\n", true},
                    Case{"  s: {requestURI|contains|all: [api, exec]}\n  condition: s\n", true},
                    Case{"  s: {requestURI|contains|all: [api, nothing]}\n  condition: s\n", false},
                    Case{"  s: {requestURI|startswith: /API}\n  condition: s\n", true},
                    Case{"  s: {requestURI|endswith: SH}\n  condition: s\n", true},
                    Case{"  s: {requestURI|re: 'pods/\\w+/exec'}\n  condition: s\n", true},
                    Case{"  s: {verb|re: CREATE}\n  condition: s\n", false},
                    Case{"  s: {verb|re|i: CREATE}\n  condition: s\n", true},
                    Case{"  s: {sourceIPs|cidr: 10.0.0.0/8}\n  condition: s\n", true},
                    Case{"  s: {objectRef.name|exists: true}\n  condition: s\n", true},
                    Case{"  s: {objectRef.apiGroup|exists: false}\n  condition: s\n", true},
                    Case{"  s: {objectRef.apiGroup: null}\n  condition: s\n", true},
                    Case{"  s: {responseStatus.code: 403}\n  condition: s\n", true},
                    Case{"  s: {responseStatus.code: '403'}\n  condition: s\n", true},
                    Case{"  s: {responseStatus.code: [401, 404]}\n  condition: s\n", false},
                    Case{"  s: {responseStatus.code|gte: 400}\n  condition: s\n", true},
                    Case{"  s: {responseStatus.code|lt: 400}\n  condition: s\n", false},
                    Case{"  s: {responseStatus.code: FORBID}\n  condition: s\n", true},
                    Case{"  s: {user.username|fieldref: objectRef.name}\n  condition: s\n", false},
                    Case{"  s: {verb|fieldref: verb}\n  condition: s\n", true},
                    Case{"  s: {verb|neq: get}\n  condition: s\n", true},
                    Case{"  s: [curl, wget]\n  condition: s\n", true},
                    Case{"  s: {'|all': [curl, exec]}\n  condition: s\n", true},
                    Case{"  s: [wget]\n  condition: s\n", false},
                    Case{"  s: {annotations.authorization.k8s.io/decision: forbid}\n  condition: s\n", true},
                    Case{"  s: {apiGroup: apps}\n  condition: not s\n", true}));

INSTANTIATE_TEST_SUITE_P(
    Grammar, SigmaDetections,
    testing::Values(
        Case{
            "  sel_a: {verb: create}\n  sel_b: {verb: get}\n  other: {verb: list}\n  condition: 1 of sel_*\n",
            true},
        Case{"  sel_a: {verb: create}\n  sel_b: {verb: get}\n  condition: all of sel_*\n", false},
        Case{"  a: {verb: create}\n  b: {objectRef.subresource: exec}\n  condition: all of them\n", true},
        Case{"  a: {verb: get}\n  _b: {verb: create}\n  condition: any of them\n", false},
        Case{"  a: {verb: create}\n  filter: {user.username: alice}\n  condition: a and not filter\n", false},
        Case{"  a: {verb: get}\n  b: {verb: create}\n  c: {userAgent|startswith: curl}\n  condition: (a or "
             "b) and c\n",
             true},
        Case{"  a: {verb: get}\n  b: {verb: create}\n  c: {verb: list}\n  condition: a and b or c\n", false},
        Case{"  a: {verb: get}\n  b: {verb: create}\n  condition: [a, b]\n", true},
        Case{"  a: {verb: create}\n  condition: a AND NOT a\n", false}));

TEST(SigmaRules, Base64AndUtf16) {
    const Request request{.agent =
                              "x "
                              "c3lzdGVtOm1hc3RlcnM="
                              " y"};  // system:masters
    EXPECT_TRUE(test::matches(
        *detection("  s: {userAgent|base64offset|contains: system:masters}\n  condition: s\n"), request));
    EXPECT_TRUE(test::matches(*detection("  s: {userAgent|base64offset|contains: masters}\n  condition: s\n"),
                              request));
    EXPECT_TRUE(test::matches(
        *detection("  s: {userAgent|base64|contains: system:masters}\n  condition: s\n"), request));
    EXPECT_FALSE(test::matches(
        *detection("  s: {userAgent|base64offset|contains: system:nobody}\n  condition: s\n"), request));
}

TEST(SigmaRules, Base64HoldsWhatNoNeighbourChanges) {
    const auto finds = [](const char* text, const char* agent) {
        return test::matches(
            *detection(std::string("  s: {userAgent|base64offset|contains: ") + text + "}\n  condition: s\n"),
            {.agent = agent});
    };
    EXPECT_TRUE(finds("abcd", "YWJjZHp6")) << "abcdzz";
    EXPECT_TRUE(finds("abcde", "YWJjZGV2dg==")) << "abcdevv";
    EXPECT_TRUE(finds("abcdef", "eGFiY2RlZnp6")) << "xabcdefzz";
    EXPECT_TRUE(finds("abcde", "eHhhYmNkZXp6")) << "xxabcdezz";
    EXPECT_FALSE(finds("abcde", "YWJjZHU=")) << "abcdu";
    EXPECT_FALSE(finds("abcd", "YWJjdA==")) << "abct";
}

TEST(SigmaRules, WindashTakesEveryDashForTheFirst) {
    for (const char* written : {"x -enc-y", "x /enc-y"}) {
        const auto rule =
            detection(std::string("  s: {userAgent|windash|contains: '") + written + "'}\n  condition: s\n");
        for (const char* agent : {"x -enc-y", "x /enc-y", "x –enc-y", "x —enc-y", "x ―enc-y"})
            EXPECT_TRUE(test::matches(*rule, {.agent = agent})) << written << agent;
        for (const char* agent : {"x enc-y", "x +enc-y", "x -enc/y", "x -nc-y", "x --enc-y"})
            EXPECT_FALSE(test::matches(*rule, {.agent = agent})) << written << agent;
    }
    const auto plain = detection("  s: {userAgent|windash|contains: plain}\n  condition: s\n");
    EXPECT_TRUE(test::matches(*plain, {.agent = "a plain agent"}));
}

TEST(SigmaRules, WhatIsNotSupportedIsAnError) {
    const std::string head = "title: t\nlogsource: {product: kubernetes, service: audit}\ndetection:\n";
    for (const std::string& text :
         {head + "  s: {verbb: x}\n  condition: s\n", head + "  s: {verb|frob: x}\n  condition: s\n",
          head + "  s: {verb: x}\n  condition: t\n", head + "  s: {verb: x}\n  condition: s | count() > 5\n",
          head + "  s: {verb|expand: '%x%'}\n  condition: s\n", head + "  s: {verb: x}\n",
          head + "  s: {verb: x}\n  condition: 1 of other*\n", head + "  s: {verb: x}\n  condition: (s\n",
          head + "  s: {verb|re: '('}\n  condition: s\n",
          head + "  s: {verb: x}\n  condition: s\nlevel: hgih\n", std::string("title: t\n"),
          std::string("[\n"), std::string("title: t\nfilter: {}\n")}) {
        EXPECT_THROW(load(text), RuleError) << text;
    }
}

// A collection holds rules for all kinds of logs, in words that only theirs have.
TEST(SigmaRules, ForOtherLogsAreSkippedWithAWarning) {
    const auto loader = make_sigma_loader();
    loader->add(
        "title: logon\nname: logon\nid: w-1\nlogsource: {product: windows, service: security}\n"
        "detection: {s: {EventID|fieldref: x}, condition: s | near x}\nlevel: urgent\n---\n"
        "title: read\nname: read\nlogsource: {product: kubernetes, service: audit}\n"
        "detection: {s: {verb: get}, condition: s}\n---\n"
        "title: dns\nlogsource: {category: dns_query}\ndetection: {s: {Q: x}, condition: s}\n---\n"
        "title: nothing said\nlogsource: {}\ndetection: {s: {Q: x}, condition: s}\n---\n"
        "title: near\nlogsource: {product: kubernetes, service: application}\ndetection: {}\n---\n"
        "title: windows only\nlogsource: {product: windows}\nfilter: {rules: [w-1], condition: s}\n---\n"
        "title: ours\nlogsource: {product: kubernetes, service: audit}\n"
        "filter: {rules: [w-1, read], s: {user.username: ci}, condition: not s}\n---\n"
        "title: many logons\ncorrelation: {type: event_count, rules: [logon], timespan: 1h, condition: {gte: "
        "3}}\n"
        "---\ntitle: both\ncorrelation: {type: temporal, rules: [read, logon], timespan: 1h}\n",
        "f.yml");
    std::vector<std::string> warnings;
    const std::vector<RulePtr> rules = loader->finish(warnings);
    ASSERT_EQ(rules.size(), 1u);
    EXPECT_EQ(rules[0]->id, "read");
    EXPECT_FALSE(test::matches(*rules[0], {.user = "ci"}));
    EXPECT_TRUE(test::matches(*rules[0], {.user = "eve"}));
    const std::string not_for = ", not for product kubernetes, service audit";
    EXPECT_EQ(
        warnings,
        (std::vector<std::string>{
            "f.yml:1:1: \"logon\" is skipped: it is for product windows, service security" + not_for,
            "f.yml:13:1: \"dns\" is skipped: it is for category dns_query" + not_for,
            "f.yml:17:1: \"nothing said\" is skipped: it is for no product" + not_for,
            "f.yml:21:1: \"near\" is skipped: it is for product kubernetes, service application" + not_for,
            "f.yml:25:1: \"windows only\" is skipped: it is for product windows" + not_for,
            "f.yml:33:1: \"many logons\" is skipped: it builds on logon, which is skipped",
            "f.yml:36:1: \"both\" is skipped: it builds on logon, which is skipped"}));
}

constexpr const char* kEvents = R"(
title: read
name: read
id: r-1
logsource: {product: kubernetes, service: audit}
detection: {s: {verb: get, objectRef.resource: secrets}, condition: s}
---
title: made
name: made
id: r-2
logsource: {product: kubernetes, service: audit}
detection: {s: {verb: create}, condition: s}
---
)";

TEST(SigmaCorrelations, BecomeThresholdsAndSequences) {
    const auto count = load(
        std::string(kEvents) +
        "title: many\nid: c-1\ncorrelation: {type: value_count, rules: [read], group-by: [user.username], "
        "timespan: 10m, condition: {gt: 4, field: objectRef.name}}\nlevel: high\n");
    ASSERT_EQ(count.size(), 2u);  // a rule that a correlation counts is no rule of its own
    EXPECT_EQ(count[0]->id, "r-2");
    EXPECT_EQ(count[1]->kind, RuleKind::Threshold);
    EXPECT_EQ(count[1]->count, 5u);
    EXPECT_EQ(count[1]->distinct.size(), 1u);
    EXPECT_EQ(count[1]->within, std::chrono::minutes(10));
    EXPECT_EQ(count[1]->severity, Severity::High);

    const auto order = load(std::string(kEvents) +
                            "title: then\ncorrelation: {type: temporal_ordered, rules: [read, made], "
                            "group-by: [who], timespan: 1h, "
                            "aliases: {who: {read: user.username, made: objectRef.name}}, generate: true}\n");
    ASSERT_EQ(order.size(), 3u);
    EXPECT_EQ(order[2]->kind, RuleKind::Sequence);
    EXPECT_TRUE(order[2]->ordered);
    EXPECT_EQ(order[2]->steps[1].by[0].to_string(), "objectRef.name");
    for (const char* wrong : {"{type: event_count, rules: [read], timespan: 1h, condition: {less: 3}}",
                              "{type: event_count, rules: [reed], timespan: 1h, condition: {gte: 3}}",
                              "{type: frequency, rules: [read], timespan: 1h, condition: {gte: 3}}",
                              "{type: temporal, rules: [read], timespan: 1h}",
                              "{type: event_count, rules: [read], condition: {gte: 3}}"}) {
        EXPECT_THROW(load(std::string(kEvents) + "title: x\ncorrelation: " + wrong + "\n"), RuleError)
            << wrong;
    }
}

TEST(SigmaCorrelations, CountsThatOnlyTheEndOfAWindowTells) {
    const auto limits = [](const char* condition) {
        const auto rules =
            load(std::string(kEvents) +
                 "title: x\ncorrelation: {type: event_count, rules: [read], timespan: 1h, condition: " +
                 condition + "}\n");
        return rules.back()->limits;
    };
    EXPECT_TRUE(limits("{gte: 3}").empty());
    EXPECT_EQ(limits("{lt: 3}").size(), 1u);
    EXPECT_EQ(limits("{gte: 3, lte: 5}").size(), 2u);
    EXPECT_TRUE(limits("{neq: 3}")[0].holds(4));
    EXPECT_FALSE(limits("{eq: 3}")[0].holds(4));
    EXPECT_TRUE(limits("{lte: 3}")[0].holds(3));
}

TEST(SigmaFilters, NarrowTheRulesThatTheyName) {
    const auto with = [](const char* filter) {
        return load(std::string(kEvents) +
                    "title: f\nlogsource: {product: kubernetes, service: audit}\nfilter: " + filter + "\n");
    };
    const auto fires = [](const std::vector<RulePtr>& rules, const Request& request) {
        return std::any_of(rules.begin(), rules.end(),
                           [&](const RulePtr& rule) { return test::matches(*rule, request); });
    };
    const Request by_ci{.resource = "secrets", .user = "ci"}, by_eve{.resource = "secrets", .user = "eve"};
    const Request made_by_ci{.verb = "create", .user = "ci"};
    const auto one = with("{rules: [read], known: {user.username: ci}, condition: not known}");
    EXPECT_FALSE(fires(one, by_ci));
    EXPECT_TRUE(fires(one, by_eve));
    EXPECT_TRUE(fires(one, made_by_ci));
    EXPECT_FALSE(fires(with("{rules: any, known: {user.username: ci}, condition: not known}"), made_by_ci));
    EXPECT_FALSE(fires(
        with("{rules: [r-1, r-2], known: {user.username|startswith: c}, condition: not known}"), made_by_ci));
    for (const char* wrong :
         {"{known: {user.username: ci}, condition: not known}", "{rules: [read], known: {user.username: ci}}",
          "{rules: [nobody], known: {user.username: ci}, condition: not known}", "[x]"}) {
        EXPECT_THROW(with(wrong), RuleError) << wrong;
    }
}

// SigmaHQ's rules for Kubernetes, each with an event that matches and a near miss.
struct StockCase {
    Request fires, misses;
};

std::map<std::string, StockCase> stock_cases() {
    const std::string rbac = "rbac.authorization.k8s.io";
    const std::string mount = R"({"spec":{"containers":[],"volumes":[{"hostPath":{"path":"/etc"}}]}})";
    return {
        {"kubernetes_audit_change_admission_controller",
         {{.verb = "patch",
           .resource = "validatingwebhookconfigurations",
           .group = "admissionregistration.k8s.io"},
          {.verb = "get",
           .resource = "validatingwebhookconfigurations",
           .group = "admissionregistration.k8s.io"}}},
        {"kubernetes_audit_cronjob_modification",
         {{.verb = "create", .resource = "cronjobs", .group = "batch"},
          {.verb = "create", .resource = "cronjobs", .group = "other.io"}}},
        {"kubernetes_audit_deployment_deleted",
         {{.verb = "delete", .resource = "deployments"},
          {.verb = "deletecollection", .resource = "deployments"}}},
        {"kubernetes_audit_events_deleted",
         {{.verb = "delete", .resource = "events"}, {.verb = "create", .resource = "events"}}},
        {"kubernetes_audit_exec_into_container",
         {{.verb = "create", .subresource = "exec"}, {.verb = "create", .subresource = "attach"}}},
        {"kubernetes_audit_hostpath_mount",
         {{.verb = "create", .body = mount},
          {.verb = "create", .body = R"({"spec":{"volumes":[{"emptyDir":{}}]}})"}}},
        {"kubernetes_audit_pod_in_system_namespace",
         {{.verb = "create", .ns = "kube-system"}, {.verb = "create", .ns = "kube-public"}}},
        {"kubernetes_audit_potential_enumeration_activity",
         {{.uri = "/x?command=%2fbin%2fbash"}, {.uri = "/x?command=%2fbin%2fbash", .decision = "forbid"}}},
        {"kubernetes_audit_privileged_pod_creation",
         {{.verb = "create",
           .body = R"({"spec":{"containers":[{"securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}]}})"},
          {.verb = "create", .body = R"({"spec":{"containers":[{"securityContext":{}}]}})"}}},
        {"kubernetes_audit_rbac_permisions_listing",
         {{.verb = "create", .resource = "selfsubjectrulesreviews", .group = "authorization.k8s.io"},
          {.verb = "create", .resource = "selfsubjectaccessreviews", .group = "authorization.k8s.io"}}},
        {"kubernetes_audit_rolebinding_modification",
         {{.verb = "update", .resource = "rolebindings", .group = rbac},
          {.verb = "update", .resource = "roles", .group = rbac}}},
        {"kubernetes_audit_secrets_enumeration",
         {{.verb = "list", .resource = "secrets"}, {.verb = "get", .resource = "secrets"}}},
        {"kubernetes_audit_secrets_modified_or_deleted",
         {{.verb = "patch", .resource = "secrets"}, {.verb = "watch", .resource = "secrets"}}},
        {"kubernetes_audit_serviceaccount_creation",
         {{.verb = "create", .resource = "serviceaccounts"},
          {.verb = "delete", .resource = "serviceaccounts"}}},
        {"kubernetes_audit_sidecar_injection",
         {{.verb = "patch", .resource = "deployments", .group = "apps"},
          {.verb = "patch", .resource = "deployments", .group = "extensions"}}},
        {"kubernetes_audit_unauthorized_unauthenticated_actions", {{.code = 403}, {.code = 404}}},
    };
}

TEST(SigmaStockFiles, EachRuleFiresAndMisses) {
    NEEDS_SHARED("rulesets/sigma");
    const auto cases = stock_cases();
    size_t loaded = 0;
    for (const auto& entry : std::filesystem::directory_iterator(test::shared_dir() / "rulesets/sigma")) {
        std::ifstream in(entry.path());
        const auto loader = make_sigma_loader();
        loader->add(std::string(std::istreambuf_iterator<char>(in), {}), entry.path().filename());
        std::vector<std::string> warnings;
        const auto rules = loader->finish(warnings);
        ASSERT_EQ(rules.size(), 1u) << entry.path();
        ++loaded;
        const auto found = cases.find(entry.path().stem());
        ASSERT_NE(found, cases.end()) << "no case for " << entry.path();
        EXPECT_TRUE(test::matches(*rules[0], found->second.fires)) << entry.path();
        EXPECT_FALSE(test::matches(*rules[0], found->second.misses)) << entry.path();
    }
    EXPECT_EQ(loaded, 16u);
}

}  // namespace
}  // namespace redshank::rules
