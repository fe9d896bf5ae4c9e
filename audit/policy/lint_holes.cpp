#include <fmt/format.h>

#include <algorithm>

#include "audit/policy/examples.h"
#include "audit/policy/lint.h"

namespace redshank::audit::policy {

namespace {

// Since 1.37 (kubernetes#139419) a patch that is not JSON is logged as a JSON string. Before, an event at
// level Request or above with such a patch cannot be written at all.
constexpr int kPatchesAreJson = 37;

constexpr Stage kStages[] = {Stage::RequestReceived, Stage::ResponseStarted, Stage::ResponseComplete,
                             Stage::Panic};

Stages omitted_by(const Policy& policy, const Rule& rule) {
    Stages omitted = policy.omit_stages;
    omitted.add(rule.omit_stages);
    return omitted;
}

bool is_write(std::string_view verb) {
    return verb != "get" && verb != "list" && verb != "watch" && verb != "head" && verb != "options";
}

bool has_writes(const Rule& rule) {
    return rule.verbs.empty() || std::any_of(rule.verbs.begin(), rule.verbs.end(),
                                             [](const Text& verb) { return is_write(verb.value); });
}

std::string lines_of(const std::vector<const Rule*>& rules) {
    std::vector<std::string> lines;
    for (const Rule* rule : rules) lines.push_back(std::to_string(rule->place.line));
    return fmt::format("{} {}", lines.size() == 1 ? "line" : "lines", listed(lines));
}

// Reports that a client can send a patch that the server applies but cannot log.
void patches(const Policy& policy, std::vector<Problem>& problems) {
    if (policy.kubernetes >= kPatchesAreJson) return;
    std::vector<const Rule*> rules;
    for (const Rule& rule : policy.rules) {
        const bool has_patches = rule.urls.empty() && (rule.verbs.empty() || holds(rule.verbs, "patch"));
        if (has_patches && rule.level >= Level::Request &&
            omitted_by(policy, rule).has(Stage::RequestReceived))
            rules.push_back(&rule);
    }
    if (rules.empty()) return;
    problems.push_back(
        {rules.front()->place, Severity::Warning,
         fmt::format(
             "Below Kubernetes 1.37 a patch whose body is no JSON (apply as YAML, or CBOR) leaves no event "
             "at level Request and above ({}), so an attacker can change objects unseen. Log patches at "
             "Metadata, or do not omit RequestReceived.",
             lines_of(rules)),
         ""});
}

void stage_problems(Stages omitted, Place place, std::vector<Problem>& problems) {
    const auto is_omitted = [&](Stage stage) { return omitted.has(stage); };
    if (std::all_of(std::begin(kStages), std::end(kStages), is_omitted)) {
        problems.push_back({place, Severity::Warning, "Every stage is omitted: nothing is logged.", ""});
        return;
    }
    if (is_omitted(Stage::ResponseStarted)) {
        problems.push_back({place, Severity::Warning,
                            "Without ResponseStarted no failed login (401) is ever logged, and exec, attach, "
                            "port-forward and "
                            "watch are told only when they end.",
                            ""});
    }
    if (is_omitted(Stage::ResponseComplete)) {
        problems.push_back(
            {place, Severity::Warning,
             "Without ResponseComplete the outcome of a request is not logged: neither success nor "
             "refusal, nor a body.",
             ""});
    }
}

// Reports accounts whose requests are never logged.
void silent_accounts(const Rule& rule, std::vector<Problem>& problems) {
    if (rule.level != Level::None || rule.is_about_resources() || !rule.urls.empty()) return;
    std::vector<std::string> names;
    for (const Text& user : rule.users) names.push_back(user.value);
    if (names.empty()) {
        for (const Text& group : rule.user_groups) names.push_back("members of " + group.value);
    }
    if (names.empty()) return;
    const bool writes = has_writes(rule);
    problems.push_back({rule.place, writes ? Severity::Warning : Severity::Note,
                        fmt::format("{} that {} {} is logged: whoever steals such an identity is not seen.",
                                    writes ? "Nothing" : "No read", listed(names), writes ? "do" : "make"),
                        ""});
}

void unmatched(const Policy& policy, std::vector<Problem>& problems) {
    if (policy.rules.empty()) return;
    size_t without_rule = 0;
    const Rule all;
    each_example(all, [&](const Request& request) {
        without_rule += decide(policy, request).rule == nullptr;
        return without_rule == 0;
    });
    if (without_rule == 0) return;
    problems.push_back({policy.rules.back().place, Severity::Note,
                        "Requests that match no rule are not logged; end with a rule that is only "
                        "\"level: Metadata\" to have them.",
                        ""});
}

}  // namespace

void lint_holes(const Policy& policy, std::vector<Problem>& problems) {
    patches(policy, problems);
    if (!policy.omit_stage_words.empty())
        stage_problems(policy.omit_stages, policy.omit_stage_words.front().place, problems);
    for (const Rule& rule : policy.rules) {
        if (!rule.omit_stage_words.empty() && rule.level != Level::None &&
            !(omitted_by(policy, rule) == policy.omit_stages)) {
            stage_problems(omitted_by(policy, rule), rule.omit_stage_words.front().place, problems);
        }
        silent_accounts(rule, problems);
    }
    unmatched(policy, problems);
}

std::string listed(const std::vector<std::string>& words) {
    std::string out;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
        out += words[i];
    }
    return out;
}

std::vector<Problem> lint(const Policy& policy) {
    std::vector<Problem> problems;
    lint_words(policy, problems);
    lint_order(policy, problems);
    lint_holes(policy, problems);
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
    });
    return problems;
}

}  // namespace redshank::audit::policy
