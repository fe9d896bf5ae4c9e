#include <fmt/format.h>

#include <cstdio>

#include "audit/salvage.h"
#include "core/request/request_tracker.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/sources/replay_source.h"
#include "daemon/store/store.h"
#include "detectors/crd/report.h"
#include "detectors/crd/request_list.h"
#include "detectors/crd/webhook_error.h"

namespace redshank {

namespace {

struct CrdsOptions {
    std::string config, state, group;
    OutputFormat format = OutputFormat::Text;
    std::vector<std::string> requests;
};

void print(const std::string& line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
}

// Calls back with the event that answers each request.
void each_request(const std::vector<std::string>& files, const std::string& cluster,
                  const std::function<void(const audit::Event&)>& handle) {
    const auto source = make_replay_source(files, cluster);
    source->start(std::nullopt);
    audit::EventParser parser;
    audit::Event event;
    RequestTracker requests;
    for (Batch batch; source->read(batch) != Source::Read::Ended;) {
        for (const Line& line : batch.lines) {
            const audit::Salvage result = audit::parse_line(parser, line.text, event);
            if (result.error != audit::ParseError::None && !result.recovered) continue;
            if (requests.answers(event)) handle(event);
        }
    }
}

void print_request(const crd::FailingRequest& request, bool json) {
    if (json) {
        print(crd::to_json(request));
        return;
    }
    using crd::shown;
    print(fmt::format("{}  {:<24} {:<7} {}.{}{}{} {}/{}  {}  {}", audit::format_time(request.time),
                      to_string(request.outcome), shown(request.verb), shown(request.resource),
                      shown(request.group), request.subresource.empty() ? "" : "/",
                      shown(request.subresource), shown(request.namespace_), shown(request.name),
                      request.code, request.cause));
}

int list_requests(const CrdsOptions& options, const Config& config) {
    crd::RequestList list(config.detectors.crd_health.resources);
    const std::vector<std::string>& files = options.requests;
    // What is custom may show late in a log, so it is read twice; standard input cannot be.
    if (std::find(files.begin(), files.end(), "-") == files.end()) {
        each_request(files, config.cluster,
                     [&](const audit::Event& event) { list.learn(config.cluster, event); });
    }
    each_request(files, config.cluster, [&](const audit::Event& event) {
        const auto request = list.classify(config.cluster, event);
        if (request && (options.group.empty() || request->group == options.group))
            print_request(*request, options.format == OutputFormat::Json);
    });
    return kDone;
}

// Of the slowest kind of requests, the time that 99 % stay below.
std::string slowest(const crd::Report& report) {
    audit::Duration longest{};
    for (const auto& [verbs, usual] : report.latency) longest = std::max(longest, usual.at(0.99));
    return report.latency.empty() ? "-" : audit::format_duration(longest);
}

int list_resources(const CrdsOptions& options, const Config& config) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const crd::SettingsTable settings(config.detectors.crd_health);
    if (options.format == OutputFormat::Text) {
        print(fmt::format("{:<9} {:<44} {:>9} {:>9} {:>7} {:>8}  {}", "VERDICT", "RESOURCE", "REQUESTS",
                          "FAILED", "BUDGET", "P99", "CAUSE"));
    }
    for (const crd::Report& report : crd::read_reports(store->state(), settings)) {
        if (!options.group.empty() && report.key.group != options.group) continue;
        if (options.format == OutputFormat::Json) {
            print(crd::to_json(report));
        } else {
            print(fmt::format("{:<9} {:<44} {:>9} {:>9} {:>6.0f}% {:>8}  {}", report.verdict,
                              crd::shown(report.key.name()), report.requests, report.failures,
                              100 * report.budget_left, slowest(report), report.cause));
        }
    }
    return kDone;
}

int crds(const CrdsOptions& options) {
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    return options.requests.empty() ? list_resources(options, config) : list_requests(options, config);
}

}  // namespace

void add_crds(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("crds", "Whether each custom resource works, and why not");
    command->footer(
        "Examples: redshank crds --group example.com\n"
        "          redshank crds --format json --state /var/lib/redshank/redshank.db\n"
        "          redshank crds --requests /var/log/kubernetes/audit/audit.log");
    auto options = std::make_shared<CrdsOptions>();
    command->add_option("--requests", options->requests,
                        "list every failing request on a custom resource in these logs instead");
    command->add_option("--group", options->group, "only this API group");
    command->add_option("--config", options->config, "configuration (default: built-in defaults)");
    add_state_option(*command, options->state);
    add_format_option(*command, options->format);
    command->callback([&chosen, options] { chosen = [options] { return crds(*options); }; });
}

}  // namespace redshank
