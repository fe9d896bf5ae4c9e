#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/print/rule_columns.h"
#include "daemon/questions/rules.h"
#include "detectors/by_rule/examples.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct RulesOptions {
    std::string id;
    RulesFilter filter;
    OutputFormat format = OutputFormat::Text;
};

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
                        {"examples", rule.examples.get().size()},
                        {"source", rule.place.to_string()}};
}

Listing<rules::RulePtr> listing(OutputFormat format) {
    return {format, rule_columns(), [](const rules::RulePtr& row) { return json::serialize(as_json(*row)); },
            "no rules"};
}

int list(const RulesOptions& options) {
    print_rows(listing(options.format), rules_of(options.filter)->rules());
    return kDone;
}

int check(const RulesOptions& options) {
    try {
        const auto rules = rules_of(options.filter);
        for (const std::string& warning : rules->warnings()) print_text(warning);
        const size_t warnings = rules->warnings().size();
        print_text(fmt::format(
            "{} rules, {}", rules->rules().size(),
            warnings == 0 ? "no problem" : fmt::format("{} warning{}", warnings, warnings == 1 ? "" : "s")));
        if (rules->rules().empty() && !options.filter.files.empty())
            print_text("Nothing in these files is a rule for audit logs of Kubernetes.");
        return kDone;
    } catch (const rules::RuleError& error) {
        print_text(error.what());
        return kFound;
    }
}

void print_result(const rules::Rule& rule, const by_rule::ExampleResult& result, OutputFormat format) {
    const std::string place = result.example->place.to_string();
    if (format == OutputFormat::Json) {
        print_json(json::serialize(json::object{{"rule", rule.id},
                                                {"example", result.example->name},
                                                {"passed", result.passed},
                                                {"problem", result.problem},
                                                {"summary", result.summary},
                                                {"source", place}}));
    } else if (!result.passed) {
        print_text(fmt::format("{}: {}: {}: {}", place, rule.id, result.example->name, result.problem));
    }
}

int test(const RulesOptions& options) {
    const auto rules = rules_of(options.filter);
    size_t run = 0, failed = 0, without = 0;
    for (const rules::RulePtr& rule : rules->rules()) {
        if (rule->examples.get().empty()) ++without;
        for (const by_rule::ExampleResult& result : by_rule::run_examples(rule)) {
            ++run;
            print_result(*rule, result, options.format);
            if (!result.passed) ++failed;
        }
    }
    if (options.format == OutputFormat::Text) {
        print_text(fmt::format("{} rules, {} examples, {} failed{}", rules->rules().size(), run, failed,
                               without > 0 ? fmt::format(", {} rules without examples", without) : ""));
    }
    return failed == 0 ? kDone : kFound;
}

// The table of docs/rules.md.
int fields(const RulesOptions&) {
    std::fputs(rules::field_table_markdown().c_str(), stdout);
    return kDone;
}

// "label      text"; nothing for an empty text.
void print_fact(std::string_view label, const std::string& text) {
    if (!text.empty()) print_text(fmt::format("{:<10} {}", label, text));
}

std::string when(const rules::Rule& rule) {
    const std::string within = audit::format_duration(rule.within);
    if (rule.kind == rules::RuleKind::Threshold) {
        const char* what = rule.distinct.empty() ? "events" : "different values";
        return fmt::format("{} {} within {}", rule.count, what, within);
    }
    if (rule.kind != rules::RuleKind::Sequence) return "";
    return fmt::format("{} steps{} within {}", rule.steps.size(), rule.ordered ? " in order" : "", within);
}

void print_explained(const rules::RulePtr& rule) {
    for (const std::string& line : {fmt::format("{} ({})", rule->title, rule->id), std::string{}})
        print_text(line);
    std::string_view rest = rule->description;  // has lines of its own
    for (size_t end = 0; end != std::string_view::npos;) {
        end = rest.find('\n');
        print_text(rest.substr(0, end));
        if (end != std::string_view::npos) rest.remove_prefix(end + 1);
    }
    print_text("");
    print_fact("severity", std::string(to_string(rule->severity)));
    print_fact("kind", std::string(rules::to_string(rule->kind)));
    print_fact("needs", fmt::format("audit level {} or above", rules::to_string(rule->level)));
    print_fact("from", fmt::format("{} ({})", rule->place.to_string(), rule->dialect));
    const auto lines = [](const char* label, const std::vector<std::string>& texts) {
        for (const std::string& one : texts) print_fact(std::exchange(label, ""), one);
    };
    lines("mitre", rule->mitre);
    lines("like", rule->equivalents);
    lines("see", rule->references);
    print_fact("when", when(*rule));
    for (const by_rule::ExampleResult& result : by_rule::run_examples(rule)) {
        print_fact(result.example->matches ? "matches" : "leaves", result.example->name);
        if (!result.summary.empty()) print_fact("", "→ " + result.summary);
    }
}

int explain(const RulesOptions& options) {
    const auto rules = rules_of(options.filter);
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
        print_json(json::serialize(as_json(*rule)));
    } else {
        print_explained(rule);
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
        sub->add_option("--config", options->filter.config,
                        "take [rules] of this configuration instead of the shipped packs");
        sub->callback([&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return sub;
    };
    add("list", "every loaded rule", list)
        ->add_option("FILE", options->filter.files,
                     "only these files: .toml native, .yaml and .yml Falco or Sigma");
    add("check", "whether files can be used; each mistake with its place", check)
        ->add_option("FILE", options->filter.files)
        ->required();
    add("test", "run the examples that native rules bring along", test)
        ->add_option("FILE", options->filter.files, "without: those of the shipped packs");
    add("fields", "what conditions can ask of an event, as a table", fields);
    auto* one = add("explain", "what one rule looks for", explain);
    one->add_option("ID", options->id)->required();
    one->add_option("FILE", options->filter.files, "look in these files");
}

}  // namespace redshank
