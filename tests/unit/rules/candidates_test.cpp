#include "rules/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "rules/condition_parser.h"
#include "rules/left_open.h"
#include "rules/loader.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

using rules::ConditionPtr;

ConditionPtr condition(const std::string& text) {
    return rules::parse_condition(text);
}

bool may_hold(const std::string& text, const test::EventSpec& spec = {}) {
    const test::ParsedEvent event = spec.parsed();
    const test::Understood understood(*event);
    rules::Context context;
    context.reset(understood, true);
    return rules::left_open(*condition(text), context).has_value();
}

// The event of EventSpec: alice gets the pod "web". Its URI is not of its kind, that it has no bodies is.
TEST(MayHold, IsDecidedByTheKindWhereThatIsEnough) {
    const std::pair<const char*, bool> cases[] = {
        {R"(verb = "get")", true},
        {R"(verb = "list")", false},
        {R"(not verb = "get")", false},
        {R"(not verb = "list")", true},
        {R"(objectRef.name = "other")", true},
        {R"(not objectRef.name = "web")", true},
        {R"(verb = "get" and objectRef.name = "other")", true},
        {R"(verb = "list" and objectRef.name = "web")", false},
        {R"(objectRef.name = "other" and verb = "list")", false},
        {R"(verb = "list" or objectRef.name = "other")", true},
        {R"(verb = "list" or user.username = "bob")", false},
        {R"(not (verb = "get" or objectRef.name = "other"))", false},
        {R"(not (verb = "get" and objectRef.name = "other"))", true},
        {R"(objectRef.subresource exists)", false},
        {R"(requestURI contains "exec")", true},
        {R"(responseStatus.code >= 400)", false},
        {R"(actor.kind = "anonymous")", false},
        {R"(grant.unseen)", true},
        {R"(source.own)", true},
        {R"(answers)", true},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(may_hold(text), expected) << text;
}

TEST(MayHold, WhatAsksForABodyNeedsOne) {
    const char* of_request[] = {R"(requestObject.spec exists)",
                                R"(requestObject.spec.hostPID = "true")",
                                R"(any requestObject.items has (.name = "x"))",
                                R"(change.kind = "x")",
                                R"(pod.hostPID = "true")",
                                R"(any pod.anyContainer has (.image = "x"))",
                                R"(commands contains "curl")",
                                R"(commands.loaded = "file")",
                                R"(pod.asController)",
                                R"(object.letsEverybody)"};
    const char* of_response[] = {R"(responseObject.spec exists)",
                                 R"(any responseObject.items has (.a = "x"))"};
    test::EventSpec requested, answered;
    requested.request_object = answered.response_object = "{}";
    for (const std::string text : of_request) {
        EXPECT_FALSE(may_hold(text)) << text;
        EXPECT_FALSE(may_hold(text, answered)) << text;
        EXPECT_TRUE(may_hold(text, requested)) << text;
        EXPECT_TRUE(may_hold("not (" + text + ")")) << text;
        EXPECT_FALSE(may_hold("verb = \"list\" and " + text, requested)) << text;
    }
    for (const std::string text : of_response) {
        EXPECT_FALSE(may_hold(text)) << text;
        EXPECT_FALSE(may_hold(text, requested)) << text;
        EXPECT_TRUE(may_hold(text, answered)) << text;
    }
}

TEST(MayHold, WhatAsksForACommandNeedsAnExecOrABody) {
    test::EventSpec exec;
    exec.object = R"({"resource":"pods","namespace":"shop","name":"web","subresource":"exec"})";
    for (const char* text : {R"(exec.command contains "sh")", R"(exec.program = "sh")",
                             R"(exec.addresses = "10.0.0.1")", R"(commands contains "sh")"}) {
        EXPECT_FALSE(may_hold(text)) << text;
        EXPECT_TRUE(may_hold(text, exec)) << text;
    }
}

TEST(MayHold, WhatAsksForAnAnnotationNeedsOneThatMayBeIt) {
    test::EventSpec annotated;
    annotated.more_annotations = R"(,"k":"v")";
    EXPECT_FALSE(may_hold(R"(annotations["k"] = "v")"));
    EXPECT_TRUE(may_hold(R"(annotations["k"] = "v")", annotated));
    EXPECT_TRUE(may_hold(R"(annotations["authorization.k8s.io/reason"] contains "x")"));
    EXPECT_TRUE(may_hold(R"(annotations["*"] contains "x")"));
}

// Of the same event its deed is known only: that a person gets a pod, and is answered 200.
TEST(MayHold, IsDecidedByTheDeedWhereThatIsEnough) {
    const std::pair<const char*, bool> cases[] = {
        {R"(verb = "list")", false},
        {R"(objectRef.resource = "nodes")", false},
        {R"(objectRef.apiGroup = "apps")", false},
        {R"(objectRef.subresource = "exec")", false},
        {R"(actor.kind = "node")", false},
        {R"(not succeeded)", false},
        {R"(created)", false},
        {R"(refused)", false},
        {R"(dryRun)", false},
        {R"(responseStatus.code = 404)", false},
        {R"(verdict = "forbidden")", false},
        {R"(level = "Request")", false},
        {R"(stage = "Panic")", false},
        {R"(requestObject.spec exists)", false},
        {R"(verb = "get")", true},
        // Others do the same elsewhere, by other rights.
        {R"(user.username = "bob")", true},
        {R"(not user.groups = "dev")", true},
        {R"(userAgent startswith "curl")", true},
        {R"(source.ip = "10.9.9.9")", true},
        {R"(objectRef.namespace = "other")", true},
        {R"(actor.builtin)", true},
        {R"(actor.clusterAdmin)", true},
        {R"(grant.role = "admin")", true},
        {R"(agent.product = "curl")", true},
        {R"(user.username = "bob" and verb = "list")", false},
        {R"(user.username = "bob" or verb = "list")", true},
        {R"(not (user.username = "alice" or verb = "get"))", false},
    };
    const test::ParsedEvent event = test::EventSpec{}.parsed();
    const test::Understood understood(*event);
    rules::Context context;
    context.reset(understood, true);
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(rules::left_open(*condition(text), context, rules::Known::Deed).has_value(), expected)
            << text;
}

// What is left open gives the answer that the whole condition gives.
void expect_same_answer(const rules::Rule& rule, rules::Open open, rules::Context& context, uint64_t offset) {
    if (rule.kind != rules::RuleKind::Sequence) {
        EXPECT_EQ(rules::test_open(*rule.condition, open, context), rule.condition->test(context))
            << rule.id << " at byte " << offset;
    }
    for (size_t i = 0; i < rule.steps.size(); ++i) {
        EXPECT_EQ(rules::test_open_step(rule.steps[i], i, open, context),
                  rule.steps[i].condition->test(context))
            << rule.id << ", step " << i << ", at byte " << offset;
    }
}

TEST(LeftOpen, IsWhatTheKindDoesNotDecide) {
    const test::ParsedEvent event = test::EventSpec{}.parsed();
    const test::Understood understood(*event);
    rules::Context context;
    context.reset(understood, true);
    const auto open = [&](const std::string& text) { return rules::left_open(*condition(text), context); };
    EXPECT_EQ(open(R"(verb = "get")"), 0U);
    EXPECT_EQ(open(R"(objectRef.name = "web")"), 1U);
    EXPECT_EQ(open(R"(verb = "list" or objectRef.name = "web")"), 1U);
    EXPECT_EQ(open(R"(verb = "get" and objectRef.name = "web" and user.username = "alice" and answers)"),
              0b1010U);
    EXPECT_EQ(open(R"(objectRef.name = "web" and verb = "list")"), std::nullopt);

    const auto test = [&](const std::string& text, rules::Open left) {
        return rules::test_open(*condition(text), left, context);
    };
    EXPECT_TRUE(test(R"(verb = "list")", 0));  // nothing is left to ask
    EXPECT_FALSE(test(R"(verb = "list")", 1));
    EXPECT_FALSE(test(R"(verb = "get" and objectRef.name = "other")", 0b10));
    EXPECT_TRUE(test(R"(verb = "get" and objectRef.name = "other")", 0b01));
    EXPECT_FALSE(test(R"(verb = "get" and objectRef.name = "other")", rules::kAllOpen));
}

TEST(LeftOpen, TheLastBitIsForAllPartsThatHaveNone) {
    const test::ParsedEvent event = test::EventSpec{}.parsed();
    const test::Understood understood(*event);
    rules::Context context;
    context.reset(understood, true);
    std::string text = R"(verb = "get")";
    for (int i = 1; i < 70; ++i) text += R"( and objectRef.name = "web")";
    const auto all = condition(text);
    ASSERT_EQ(all->parts.size(), 70U);
    EXPECT_EQ(rules::left_open(*all, context), rules::kAllOpen - 1);
    EXPECT_TRUE(rules::test_open(*all, rules::Open{1} << 63, context));
    const auto other = condition(text + R"( and objectRef.name = "other")");
    EXPECT_FALSE(rules::test_open(*other, rules::Open{1} << 63, context));
    EXPECT_TRUE(rules::test_open(*other, rules::Open{1} << 62, context));
}

// Every rule whose condition holds is among the candidates, whatever was remembered of the event's kind.
void expect_asks_all_that_hold(const std::filesystem::path& file, size_t places) {
    const auto rules = rules::load_rules({.packs = {"kubernetes"}, .files = {}, .disable = {}});
    rules::Candidates candidates(*rules);
    rules::Context context;
    Symbols symbols(places);
    size_t held = 0, asked = 0, events = 0;
    test::Log(file).each_event([&](const audit::Event& event, uint64_t offset) {
        const Request request = symbols.understand(event);
        std::map<uint32_t, rules::Open> found;
        for (const rules::Candidate& one : candidates.of(request, true)) {
            ASSERT_TRUE(found.empty() || found.rbegin()->first < one.rule);
            found.emplace(one.rule, one.open);
        }
        context.reset(request, true);
        ++events;
        asked += found.size();
        for (uint32_t at = 0; at < rules->rules().size(); ++at) {
            const rules::Rule& rule = *rules->rules()[at];
            const bool holds = rule.condition->test(context);
            const auto candidate = found.find(at);
            ASSERT_TRUE(!holds || candidate != found.end()) << rule.id << " at byte " << offset;
            if (candidate == found.end()) continue;
            held += holds ? 1 : 0;
            expect_same_answer(rule, candidate->second, context, offset);
        }
    });
    EXPECT_GT(held, 0U) << file;
    // With one place no kind is remembered.
    EXPECT_LT(asked, (places > 1 ? 9 : 26) * events) << "most rules are ruled out by the kind: " << file;
}

std::vector<std::string> asked(rules::Candidates& candidates, const rules::RuleSet& rules, Symbols& symbols,
                               const test::EventSpec& spec) {
    const test::ParsedEvent event = spec.parsed();
    std::vector<std::string> ids;
    for (const rules::Candidate& one : candidates.of(symbols.understand(*event), true))
        ids.push_back(rules.rules()[one.rule]->id);
    return ids;
}

TEST(Candidates, WhatADeedRulesOutIsNotAskedOfNewcomers) {
    std::vector<rules::RulePtr> all;
    const auto add = [&](const char* id, const char* text) {
        auto rule = std::make_shared<rules::Rule>();
        rule->id = id;
        rule->condition = condition(text);
        all.push_back(std::move(rule));
    };
    // No index tells of a level; of what the last three ask for they do.
    add("whole", R"(level = "Request")");
    add("pod", R"(objectRef.resource = "pods")");
    add("whole pod", R"(objectRef.resource = "pods" and level = "Request")");
    add("carol", R"(user.username = "carol")");
    add("shop", R"(objectRef.namespace = "shop")");
    add("curl", R"(userAgent = "curl")");
    const rules::RuleSet rules(std::move(all));
    rules::Candidates candidates(rules);
    Symbols symbols;
    const auto of = [&](const char* user) {
        test::EventSpec spec;
        spec.user = std::string(R"({"username":")") + user + "\"}";
        return asked(candidates, rules, symbols, spec);
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(of("alice"), (Ids{"whole", "pod", "whole pod", "shop"})) << "nothing is known of the deed";
    EXPECT_EQ(of("bob"), (Ids{"pod", "shop"}));
    EXPECT_EQ(of("carol"), (Ids{"pod", "carol", "shop"}));
    EXPECT_EQ(of("carol"), (Ids{"pod", "carol", "shop"})) << "worked out for the kind";
    EXPECT_EQ(of("dave"), (Ids{"pod", "shop"}));
}

TEST(Candidates, HoldEveryRuleThatMatches) {
    const auto sample = std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/audit.log";
    for (const size_t places : {size_t{1}, Symbols::kMost}) expect_asks_all_that_hold(sample, places);
}

TEST(Candidates, HoldEveryRuleThatMatchesInTheRecordings) {
    NEEDS_SHARED("corpus/attacks-dev");
    for (const char* name : {"attacks-dev", "fat-course", "crd-failures", "webhook-bodies-batch"}) {
        const auto file = test::shared_dir() / "corpus" / name / "audit.log.zst";
        if (std::filesystem::exists(file)) expect_asks_all_that_hold(file, Symbols::kMost);
    }
}

}  // namespace
}  // namespace redshank
