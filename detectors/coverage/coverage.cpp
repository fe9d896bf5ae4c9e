#include "detectors/coverage/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "audit/policy/examples.h"
#include "audit/policy/request.h"
#include "audit/policy/resources.h"
#include "audit/policy/shrink.h"
#include "detectors/by_rule/examples.h"
#include "detectors/coverage/needs.h"
#include "detectors/coverage/tally.h"
#include "rules/demanded.h"

namespace redshank::coverage {

namespace policy = audit::policy;
using audit::Level;
using audit::Stage;

namespace {

constexpr const char* kOther = "any other";  // no name in Kubernetes has a space

struct Variant {
    policy::Actor actor;
    std::string text;
};

const std::vector<Variant>& variants(Who who) {
    using policy::actor_named;
    const auto account = [](const char* name_space) {
        return actor_named(fmt::format("system:serviceaccount:{}:{}", name_space, kOther));
    };
    static const Variant kPerson{actor_named(kOther), "by people"};
    static const Variant kAccount{account("any-other"), "by service accounts"};
    static const Variant kSystem{account("kube-system"), "by service accounts of kube-system"};
    static const Variant kNode{
        {.user = "system:node:any", .groups = {"system:nodes", "system:authenticated"}}, "by nodes"};
    static const Variant kAnonymous{actor_named("system:anonymous"), "by anonymous callers"};
    static const std::vector<Variant> kAnybody{kPerson, kAccount, kSystem, kNode, kAnonymous},
        kNobody{kAnonymous}, kAccounts{kAccount, kSystem};
    return who == Who::Anybody ? kAnybody : who == Who::Anonymous ? kNobody : kAccounts;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        words.push_back(text.substr(0, text.find(' ')));
        text.remove_prefix(std::min(text.size(), words.back().size() + 1));
    }
    return words;
}

bool has_name(std::string_view verb, std::string_view subresource) {
    return !subresource.empty() || verb == "get" || verb == "update" || verb == "patch" || verb == "delete";
}

// The object of a request in this version; custom resources lie in namespaces.
std::vector<std::string> namespaces_of(const Need& need, int kubernetes) {
    const policy::Resource* resource = policy::find_resource(need.group, need.resource, kubernetes);
    if (resource != nullptr && !resource->is_namespaced) return {""};
    return {kOther, "kube-system"};
}

void add_need(const policy::Policy& rules, const Need& need, Tally& tally) {
    policy::Request request;
    request.is_resource = true;
    request.group = need.group;
    request.resource = need.resource;
    request.subresource = need.subresource;
    for (const Variant& variant : variants(need.who)) {
        request.has_user = variant.actor.has_user;
        request.user = variant.actor.user;
        request.groups.assign(variant.actor.groups.begin(), variant.actor.groups.end());
        for (const std::string& name_space : namespaces_of(need, rules.kubernetes)) {
            request.namespace_ = name_space;
            const std::string where =
                name_space == "kube-system" ? variant.text + " in kube-system" : variant.text;
            for (const std::string_view verb : words_of(need.verbs)) {
                request.verb = verb;
                request.name = has_name(verb, need.subresource) ? kOther : "";
                tally.add(request, decide(rules, request), need.least, need.full, need.missing, where);
            }
        }
    }
}

Level level_of(rules::Needs needed) {
    return needed == rules::Needs::Metadata  ? Level::Metadata
           : needed == rules::Needs::Request ? Level::Request
                                             : Level::RequestResponse;
}

constexpr std::string_view fields_of(rules::Needs needed) {
    return needed == rules::Needs::Metadata  ? ""
           : needed == rules::Needs::Request ? "requestObject"
                                             : "responseObject";
}

// A rule without examples: requests with the verbs and resources that its condition demands.
Unit by_condition(const policy::Policy& rules, const rules::RulePtr& rule) {
    Tally tally;
    const auto texts = [&](std::string_view field, std::vector<std::string> otherwise) {
        return rules::demanded(*rule->condition, field).value_or(std::move(otherwise));
    };
    const Level level = level_of(rule->level);
    for (const std::string& resource : texts("objectRef.resource", {std::string(kAnyResource)})) {
        auto groups = policy::groups_with(resource, rules.kubernetes);
        if (groups.empty()) groups = {kAnyGroup};
        for (const std::string_view group : groups) {
            for (const std::string& subresource : texts("objectRef.subresource", {""})) {
                for (const std::string& verb : texts("verb", {"get", "list", "create", "patch", "delete"})) {
                    const Need need{
                        "rule", "", verb, group, resource, subresource, level, level, fields_of(rule->level)};
                    add_need(rules, need, tally);
                }
            }
        }
    }
    return tally.unit("rule", rule->id);
}

// A rule with examples: whether it still matches them when the policy has decided about their events.
Unit by_examples(const policy::Policy& rules, const rules::RulePtr& rule) {
    Tally lost;
    const auto positive = std::make_shared<rules::Rule>(*rule);
    std::vector<rules::RuleExample> examples = rule->examples.get();
    std::erase_if(examples, [](const rules::RuleExample& one) { return !one.matches; });
    const size_t matching = examples.size();
    positive->examples = rules::RuleExamples([examples] { return examples; });
    size_t still = 0;
    bool is_late = false;
    const auto seen = [&](audit::Event& event) {
        const policy::Request request = policy::request_of(event);
        const policy::Decision decision = decide(rules, request);
        lost.add(request, decision, level_of(rule->level), level_of(rule->level), fields_of(rule->level), "");
        // A 401 has only ResponseStarted; for a stream either stage is enough.
        const bool is_login = event.response.code == 401;
        const bool starts = (is_login || is_stream(request)) && decision.keeps(Stage::ResponseStarted);
        const bool ends = !is_login && decision.keeps(Stage::ResponseComplete);
        const bool received = event.stage == Stage::RequestReceived && decision.keeps(event.stage);
        if (!starts && !ends && !received) return false;
        is_late = is_late || (is_stream(request) && !starts);
        policy::Decision kept = decision;
        kept.omitted = {};
        shrink(event, kept, 0);
        return true;
    };
    for (const by_rule::ExampleResult& result : by_rule::run_examples(positive, seen)) still += result.passed;
    Unit unit = lost.unit("rule", rule->id);
    unit.state = still == 0 && matching > 0 ? State::Blind
                 : still < matching         ? State::Partly
                 : is_late                  ? State::Late
                                            : State::Fed;
    // The examples show some of what the rule matches, the condition bounds all of it: blind is a rule that
    // both call blind, fed one that both call fed.
    Unit bound = by_condition(rules, rule);
    if (unit.state == State::Blind && bound.state != State::Blind) unit.state = State::Partly;
    if (unit.state != State::Fed) return unit;
    if (bound.state == State::Blind) bound.state = State::Partly;
    return bound;
}

bool are_equal(std::span<const Need> needs, std::span<const Need> others) {
    return std::equal(needs.begin(), needs.end(), others.begin(), others.end(),
                      [](const Need& one, Need other) {
                          other.kind = one.kind;
                          return one == other;
                      });
}

// The unit above several: blind when all are, fed when all are.
Unit above(std::string_view name, const std::vector<Unit>& units) {
    Unit unit{.unit = "detector", .name = std::string(name)};
    const auto count = [&](State state) {
        return std::count_if(units.begin(), units.end(), [&](const Unit& one) { return one.state == state; });
    };
    const auto all = static_cast<std::ptrdiff_t>(units.size());
    const auto blind = count(State::Blind), partly = count(State::Partly);
    unit.state = units.empty()            ? State::Fed
                 : blind == all           ? State::Blind
                 : blind + partly > 0     ? State::Partly
                 : count(State::Late) > 0 ? State::Late
                                          : State::Fed;
    for (const Unit& one : units) {
        if (one.state == State::Fed) continue;
        if (unit.why.empty() || (one.state == State::Blind && unit.missing.empty())) {
            unit.line = one.line;
            unit.why = one.why;
        }
        if (one.state == State::Blind) unit.missing.push_back(one.name);
    }
    return unit;
}

void append(std::vector<Unit>& all, std::string_view detector, std::vector<Unit> units) {
    all.push_back(above(detector, units));
    all.insert(all.end(), std::make_move_iterator(units.begin()), std::make_move_iterator(units.end()));
}

}  // namespace

std::string_view to_string(State state) {
    constexpr std::string_view kWords[] = {"fed", "late", "partly", "blind"};
    return kWords[static_cast<size_t>(state)];
}

std::vector<Unit> cover(const policy::Policy& policy, const std::vector<rules::RulePtr>& rules) {
    std::vector<Unit> all, units;
    const std::span<const Need> table = needs();
    std::span<const Need> tallied;  // many kinds need the same
    Tally tally;
    for (size_t i = 0; i < table.size();) {
        const std::string_view detector = table[i].detector, kind = table[i].kind;
        const size_t begin = i;
        while (i < table.size() && table[i].kind == kind) ++i;
        const std::span<const Need> needed = table.subspan(begin, i - begin);
        if (!are_equal(needed, tallied)) {
            tally = {};
            for (const Need& need : needed) add_need(policy, need, tally);
            tallied = needed;
        }
        units.push_back(tally.unit("kind", std::string(kind)));
        if (i < table.size() && table[i].detector == detector) continue;
        append(all, detector, std::move(units));
        units.clear();
    }
    for (const rules::RulePtr& rule : rules)
        units.push_back(rule->examples.get().empty() ? by_condition(policy, rule)
                                                     : by_examples(policy, rule));
    append(all, "rule", std::move(units));
    return all;
}

}  // namespace redshank::coverage
