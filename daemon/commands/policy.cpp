#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "audit/policy/leaks.h"
#include "audit/policy/lint.h"
#include "audit/policy/request.h"
#include "core/finding/text.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/commands/policy_commands.h"
#include "daemon/questions/log_events.h"

namespace redshank {

namespace json = boost::json;
namespace policy = audit::policy;

namespace {

constexpr size_t kTextLimit = 500;  // bytes of a sentence that quotes the file

void print_json(const json::object& row) {
    fmt::print("{}\n", json::serialize(row));
}

std::string counted(size_t count, const char* word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

void print_problem(const PolicyOptions& options, const policy::Problem& problem) {
    if (options.format == OutputFormat::Json) {
        print_json({{"line", problem.place.line},
                    {"column", problem.place.column},
                    {"severity", std::string(to_string(problem.severity))},
                    {"text", problem.text},
                    {"server_text", problem.server_text}});
        return;
    }
    const std::string place =
        problem.place.line == 0 ? "" : fmt::format(":{}:{}", problem.place.line, problem.place.column);
    fmt::print("{}{}: {}: {}\n", options.file, place, to_string(problem.severity),
               fit_exact(problem.text, kTextLimit));
}

int check(const PolicyOptions& options) {
    policy::Loaded loaded = load_policy(options.file, options.kubernetes);
    if (loaded.policy) {
        for (policy::Problem& problem : policy::lint(*loaded.policy)) loaded.problems.push_back(problem);
    }
    for (const policy::Problem& problem : loaded.problems) print_problem(options, problem);
    if (options.format == OutputFormat::Text) {
        const std::string line = server_line(loaded, options.file);
        if (!loaded.policy) {
            fmt::print("The API server (1.{}) does not start with this policy. Its log says:\n  {}\n",
                       options.kubernetes, fit_exact(line, 4000));
        } else {
            fmt::print("The API server (1.{}) starts with this policy: {}, {}.\n", options.kubernetes,
                       counted(loaded.policy->rules.size(), "rule"),
                       counted(loaded.problems.size(), "remark"));
            if (!line.empty()) fmt::print("Its log says:\n  {}\n", fit_exact(line, 4000));
        }
    }
    return loaded.policy ? kDone : kFound;
}

// Without a path after /proxy/, which may be secret.
std::string shown(const policy::Request& request) {
    if (!request.is_resource) return fmt::format("{} {}", request.verb, request.path);
    std::string out = fmt::format("{} {}", request.verb, request.resource);
    if (!request.subresource.empty()) out += "/" + request.subresource;
    if (!request.group.empty()) out += "." + request.group;
    if (!request.namespace_.empty()) out += " in " + request.namespace_;
    if (!request.name.empty()) out += " named " + request.name;
    return out;
}

int explain(const PolicyOptions& options) {
    const policy::Policy rules = require_policy(options.file, options.kubernetes);
    constexpr const char* kRow = "{:<36}  {:<16}  {:<15}  {:<7}  {:>4}  {}\n";
    if (options.format == OutputFormat::Text)
        fmt::print(kRow, "AUDIT ID", "STAGE", "LEVEL", "KEPT", "LINE", "REQUEST");
    const uint64_t passed_over = each_event(options.logs, "", [&](const LogEvent& one) {
        const policy::Request request = policy::request_of(one.event);
        const policy::Decision decision = decide(rules, request);
        const bool is_kept = decision.keeps(one.event.stage);
        if (options.format == OutputFormat::Json) {
            print_json({{"audit_id", one.event.audit_id},
                        {"stage", std::string(to_string(one.event.stage))},
                        {"level", std::string(to_string(decision.level))},
                        {"kept", is_kept},
                        {"line", decision.line()}});
        } else {
            fmt::print(kRow, fit_exact(one.event.audit_id, 36), to_string(one.event.stage),
                       to_string(decision.level), is_kept ? "kept" : "dropped", decision.line(),
                       fit_exact(shown(request), 120));
        }
    });
    if (passed_over > 0) log_warning("{} lines hold no event", passed_over);
    return kDone;
}

int leaks(const PolicyOptions& options) {
    const policy::Policy rules = require_policy(options.file, options.kubernetes);
    constexpr const char* kRow = "{:>4}  {:<15}  {:<40}  {}\n";
    const std::vector<policy::Leak> all = policy::leaks(rules);
    if (options.format == OutputFormat::Text) {
        if (all.empty()) fmt::print("This policy writes nothing secret that is known to be so.\n");
        if (!all.empty()) fmt::print(kRow, "LINE", "LEVEL", "RESOURCE", "WHAT IS WRITTEN");
    }
    for (const policy::Leak& leak : all) {
        if (options.format == OutputFormat::Json) {
            print_json({{"line", leak.place.line},
                        {"resource", leak.resource},
                        {"level", std::string(to_string(leak.level))},
                        {"what", leak.what}});
        } else {
            fmt::print(kRow, leak.place.line, to_string(leak.level), leak.resource, leak.what);
        }
    }
    return all.empty() ? kDone : kFound;
}

}  // namespace

void add_policy(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand(
        "policy", "The audit policy: whether the API server starts with it, what it hides and what it leaks");
    command->footer(
        "Examples: redshank policy check /etc/kubernetes/audit-policy.yaml --kubernetes 1.31\n"
        "          redshank policy explain policy.yaml audit.log\n"
        "          redshank policy simulate new-policy.yaml /var/log/kubernetes/audit/audit.log");
    command->require_subcommand(1);
    auto options = std::make_shared<PolicyOptions>();
    const auto add_any = [&](const char* name, const char* help, int (*run)(const PolicyOptions&)) {
        auto* sub = command->add_subcommand(name, help);
        add_kubernetes_option(*sub, options->kubernetes);
        sub->callback([&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
        return sub;
    };
    const auto add = [&](const char* name, const char* help, int (*run)(const PolicyOptions&)) {
        auto* sub = add_any(name, help, run);
        add_format_option(*sub, options->format);
        sub->add_option("FILE", options->file, "the audit policy")->required();
        return sub;
    };
    const auto add_config = [&](CLI::App* sub) {
        sub->add_option("--config", options->config,
                        "configuration of detectors and rules (default: built-in)");
    };
    const auto may_have_logs = [&](CLI::App* sub) {
        return sub->add_option("LOG", options->logs,
                               "audit logs in order; '-' is stdin; gzip, zstd, bzip2 and xz are recognised");
    };
    const auto add_logs = [&](CLI::App* sub) { may_have_logs(sub)->required(); };
    add("check", "what stops the API server, what it only warns about, and what is not meant so", check);
    add_logs(add("explain", "what the policy says to each event of a log, and which line decides", explain));
    add("leaks", "secrets that the policy writes into the log", leaks);
    auto* simulated = add("simulate", "how a log would have shrunk, and which findings it would have lost",
                          simulate_policy);
    add_logs(simulated);
    add_config(simulated);
    auto* coverage =
        add("coverage", "which detectors and rules the policy blinds, delays or feeds, and by which line",
            cover_policy);
    add_config(coverage);
    may_have_logs(coverage);
    auto* suggested =
        add_any("suggest", "a small policy that feeds what is enabled, with comments", suggest_policy);
    add_config(suggested);
    add_format_option(*suggested, options->format);
    suggested->add_option(
        "--compare", options->compare,
        "what another policy shows less or more of, and leaks: course, cis, stig, openshift, "
        "gke, eks or a file");
}

}  // namespace redshank
