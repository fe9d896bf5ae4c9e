#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "detectors/by_rule/examples.h"
#include "rules/loader.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct RulesOptions {
    std::string config, id;
    std::vector<std::string> files;
    OutputFormat format = OutputFormat::Text;
};

// What the configuration selects, or the shipped packs; or only the files that are given.
std::shared_ptr<const rules::RuleSet> rules_of(const RulesOptions& options) {
    if (!options.files.empty())
        return rules::load_rules({.packs = {}, .files = options.files, .disable = {}});
    if (!options.config.empty()) return rules::load_rules(load_config(options.config).detectors.rules);
    return rules::load_rules(DetectorConfig{}.rules);
}

json::value names(const std::vector<std::string>& all) {
    return json::array(all.begin(), all.end());
}

json::value as_json(const rules::Rule& rule) {
    return json::object{{"id", rule.id},
                        {"title", rule.title},
                        {"severity", to_string(rule.severity)},
                        {"kind", std::string(rules::to_string(rule.kind))},
                        {"dialect", rule.dialect},
                        {"level", std::string(rules::to_string(rule.level))},
                        {"description", rule.description},
                        {"mitre", names(rule.mitre)},
                        {"equivalents", names(rule.equivalents)},
                        {"references", names(rule.references)},
                        {"examples", rule.examples.size()},
                        {"source", rule.place.to_string()}};
}

int list(const RulesOptions& options) {
    constexpr const char* kRow = "{:<34}  {:<8}  {:<9}  {:<15}  {:<7}  {}\n";
    const auto rules = rules_of(options);
    if (options.format == OutputFormat::Text)
        fmt::print(kRow, "ID", "SEVERITY", "KIND", "LEVEL", "DIALECT", "TITLE");
    for (const rules::RulePtr& rule : rules->rules()) {
        if (options.format == OutputFormat::Json) {
            fmt::print("{}\n", json::serialize(as_json(*rule)));
        } else {
            fmt::print(kRow, rule->id, to_string(rule->severity), rules::to_string(rule->kind),
                       rules::to_string(rule->level), rule->dialect, rule->title);
        }
    }
    return kDone;
}

int check(const RulesOptions& options) {
    try {
        const auto rules = rules_of(options);
        for (const std::string& warning : rules->warnings()) fmt::print("{}\n", warning);
        const size_t warnings = rules->warnings().size();
        fmt::print(
            "{} rules, {}\n", rules->rules().size(),
            warnings == 0 ? "no problem" : fmt::format("{} warning{}", warnings, warnings == 1 ? "" : "s"));
        return kDone;
    } catch (const rules::RuleError& error) {
        fmt::print("{}\n", error.what());
        return kFound;
    }
}

int test(const RulesOptions& options) {
    const auto rules = rules_of(options);
    size_t run = 0, failed = 0, without = 0;
    for (const rules::RulePtr& rule : rules->rules()) {
        if (rule->examples.empty()) ++without;
        for (const by_rule::ExampleResult& result : by_rule::run_examples(rule)) {
            ++run;
            if (options.format == OutputFormat::Json) {
                fmt::print("{}\n",
                           json::serialize(json::object{{"rule", rule->id},
                                                        {"example", result.example->name},
                                                        {"passed", result.passed},
                                                        {"problem", result.problem},
                                                        {"summary", result.summary},
                                                        {"source", result.example->place.to_string()}}));
            } else if (!result.passed) {
                fmt::print("{}: {}: {}: {}\n", result.example->place.to_string(), rule->id,
                           result.example->name, result.problem);
            }
            if (!result.passed) ++failed;
        }
    }
    if (options.format == OutputFormat::Text) {
        fmt::print("{} rules, {} examples, {} failed", rules->rules().size(), run, failed);
        if (without > 0) fmt::print(", {} rules without examples", without);
        fmt::print("\n");
    }
    return failed == 0 ? kDone : kFound;
}

// The table of docs/rules.md.
int fields(const RulesOptions&) {
    fmt::print("{}", rules::field_table_markdown());
    return kDone;
}

int explain(const RulesOptions& options) {
    const auto rules = rules_of(options);
    const auto& all = rules->rules();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const rules::RulePtr& one) { return one->id == options.id; });
    const rules::RulePtr rule = found == all.end() ? nullptr : *found;
    if (rule == nullptr) {
        std::vector<std::string_view> ids;
        for (const rules::RulePtr& one : rules->rules()) ids.push_back(one->id);
        log_error("no rule {}{}", options.id, rules::did_you_mean(options.id, ids));
        return kUsage;
    }
    if (options.format == OutputFormat::Json) {
        fmt::print("{}\n", json::serialize(as_json(*rule)));
        return kDone;
    }
    fmt::print("{} ({})\n\n{}\n\n", rule->title, rule->id, rule->description);
    fmt::print("severity   {}\nkind       {}\n", to_string(rule->severity), rules::to_string(rule->kind));
    fmt::print("needs      audit level {} or above\n", rules::to_string(rule->level));
    fmt::print("from       {} ({})\n", rule->place.to_string(), rule->dialect);
    const auto lines = [](const char* label, const std::vector<std::string>& texts) {
        for (const std::string& one : texts) fmt::print("{:<10} {}\n", std::exchange(label, ""), one);
    };
    lines("mitre", rule->mitre);
    lines("like", rule->equivalents);
    lines("see", rule->references);
    if (rule->kind == rules::RuleKind::Threshold) {
        fmt::print("when       {} {} within {}\n", rule->count,
                   rule->distinct.empty() ? "events" : "different values",
                   audit::format_duration(rule->within));
    }
    if (rule->kind == rules::RuleKind::Sequence) {
        fmt::print("when       {} steps{} within {}\n", rule->steps.size(), rule->ordered ? " in order" : "",
                   audit::format_duration(rule->within));
    }
    for (const by_rule::ExampleResult& result : by_rule::run_examples(rule)) {
        fmt::print("{:<10} {}\n", result.example->matches ? "matches" : "leaves", result.example->name);
        if (!result.summary.empty()) fmt::print("           → {}\n", result.summary);
    }
    return kDone;
}

}  // namespace

void add_rules(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("rules", "Rules: what is loaded, whether files are right, what a rule means");
    command->footer("Example: redshank rules test my-rules.toml");
    command->require_subcommand(1);
    auto options = std::make_shared<RulesOptions>();
    const auto add = [&](const char* name, const char* help, int (*run)(const RulesOptions&)) {
        auto* sub = command->add_subcommand(name, help);
        add_format_option(*sub, options->format);
        sub->add_option("--config", options->config,
                        "take [rules] of this configuration instead of the shipped packs");
        sub->callback([&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return sub;
    };
    add("list", "every loaded rule", list)
        ->add_option("FILE", options->files, "only these files: .toml native, .yaml and .yml Falco or Sigma");
    add("check", "whether files can be used; each mistake with its place", check)
        ->add_option("FILE", options->files)
        ->required();
    add("test", "run the examples that native rules bring along", test)
        ->add_option("FILE", options->files, "without: those of the shipped packs");
    add("fields", "what conditions can ask of an event, as a table", fields);
    auto* one = add("explain", "what one rule looks for", explain);
    one->add_option("ID", options->id)->required();
    one->add_option("FILE", options->files, "look in these files");
}

}  // namespace redshank
