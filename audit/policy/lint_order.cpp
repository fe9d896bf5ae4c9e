#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/policy/examples.h"
#include "audit/policy/lint.h"

namespace redshank::audit::policy {

namespace {

std::string name_of(const Request& request) {
    std::string name = request.resource;
    if (!request.subresource.empty()) name += "/" + request.subresource;
    return name;
}

// A list of words without duplicates, in order of insertion.
struct Words {
    std::vector<std::string> all;
    void add(std::string_view word) {
        if (std::find(all.begin(), all.end(), word) == all.end()) all.emplace_back(word);
    }
};

// The requests that an earlier rule takes from a later one.
struct Taken {
    Words verbs, resources;
};

// Whether a rule with resources loses the request to a rule without any: its author hardly meant that.
bool is_surprise(const Rule& rule, const Rule& earlier, const Request& request) {
    return request.is_resource && request.has_user && !rule.resources.empty() && earlier.resources.empty() &&
           earlier.level < rule.level && request.resource.find(' ') == std::string::npos &&
           request.subresource.find(' ') == std::string::npos;
}

void one_rule(const Policy& policy, const Rule& rule, std::vector<Problem>& problems) {
    bool is_reached = false, has_examples = false;
    std::map<const Rule*, Taken> taken;
    std::set<size_t> lines;
    each_example(rule, [&](const Request& request) {
        has_examples = true;
        const Rule* first = decide(policy, request).rule;
        if (first == &rule) {
            is_reached = true;
            return true;
        }
        if (first == nullptr) return true;
        lines.insert(first->place.line);
        if (is_surprise(rule, *first, request)) {
            Taken& of = taken[first];
            of.verbs.add(request.verb);
            of.resources.add(name_of(request));
        }
        return true;
    });
    if (!has_examples) return;  // lint_words() reports why
    if (!is_reached) {
        std::vector<std::string> words;
        for (const size_t line : lines) words.push_back(std::to_string(line));
        if (words.size() > 4) words.resize(4);
        problems.push_back({rule.place, Severity::Warning,
                            fmt::format("No request reaches this rule: {} {} above {} all of them.",
                                        words.size() == 1 ? "the rule at line" : "the rules at lines",
                                        listed(words), words.size() == 1 ? "takes" : "take"),
                            ""});
        return;
    }
    for (const auto& [first, of] : taken) {
        std::vector<std::string> resources = of.resources.all;
        if (resources.size() > 4) {
            resources.resize(3);
            resources.push_back(fmt::format("{} more", of.resources.all.size() - 3));
        }
        problems.push_back(
            {rule.place, first->level == Level::None ? Severity::Warning : Severity::Note,
             fmt::format("{} of {} do not come to this rule: line {} above takes them at level {}.",
                         listed(of.verbs.all), listed(resources), first->place.line, to_string(first->level)),
             ""});
    }
}

}  // namespace

void lint_order(const Policy& policy, std::vector<Problem>& problems) {
    for (const Rule& rule : policy.rules) one_rule(policy, rule, problems);
}

}  // namespace redshank::audit::policy
