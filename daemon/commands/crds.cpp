#include "daemon/questions/crds.h"

#include <fmt/format.h>

#include <algorithm>

#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/store/checked.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

struct CrdsOptions {
    std::string config, state;
    CrdsFilter filter;
    OutputFormat format = OutputFormat::Text;
    std::vector<std::string> requests;
};

Listing<crd::FailingRequest> failing(OutputFormat format) {
    using Row = crd::FailingRequest;
    return {
        format,
        {{{"TIME"}, [](const Row& row) { return to_seconds(row.time); }},
         {{"CLASS", 1, 12}, [](const Row& row) { return std::string(to_string(row.outcome)); }},
         {{"VERB", 1, 6}, [](const Row& row) { return row.verb; }},
         {{"RESOURCE", 2, 14},
          [](const Row& row) {
              return fmt::format("{}.{}{}{}", row.resource, row.group, row.subresource.empty() ? "" : "/",
                                 row.subresource);
          }},
         {{"OBJECT", 2, 10},
          [](const Row& row) { return row.namespace_.empty() ? row.name : row.namespace_ + "/" + row.name; }},
         {{.header = "CODE", .right = true}, [](const Row& row) { return std::to_string(row.code); }},
         {{"CAUSE", 3, 16}, [](const Row& row) { return row.cause; }}},
        [](const Row& row) { return crd::to_json(row); },
        ""};
}

int list_requests(const CrdsOptions& options, const Config& config) {
    Listing<crd::FailingRequest> out = failing(options.format);
    each_failing_request(options.requests, config.cluster, config.detectors.of<crd::Config>(), options.filter,
                         [&](const crd::FailingRequest& request) { out.add(request); });
    out.finish();
    return kDone;
}

// The 99th percentile of the slowest kind of requests.
std::string slowest(const crd::Report& report) {
    audit::Duration longest{};
    for (const auto& [verbs, usual] : report.latency) longest = std::max(longest, usual.at(0.99));
    return report.latency.empty() ? "-" : audit::format_duration(longest);
}

Listing<crd::Report> resources(OutputFormat format) {
    using Row = crd::Report;
    return {
        format,
        {{{"VERDICT"}, [](const Row& row) { return row.verdict; }},
         {{"RESOURCE", 2, 16}, [](const Row& row) { return row.key.name(); }},
         {{"CLUSTER", 1, 7}, [](const Row& row) { return row.key.cluster; }},
         {{.header = "REQUESTS", .right = true}, [](const Row& row) { return std::to_string(row.requests); }},
         {{.header = "FAILED", .right = true}, [](const Row& row) { return std::to_string(row.failures); }},
         {{.header = "BUDGET", .right = true},
          [](const Row& row) { return fmt::format("{:.0f}%", 100 * row.budget_left); }},
         {{.header = "P99", .right = true}, slowest},
         {{"CAUSE", 4, 20}, [](const Row& row) { return row.cause; }}},
        [](const Row& row) { return crd::to_json(row); },
        "no custom resource was seen"};
}

int crds(const CrdsOptions& options) {
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    if (!options.requests.empty()) return list_requests(options, config);
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    print_rows(resources(options.format),
               custom_resources(detectors_state(checked_state(*store)), config.detectors.of<crd::Config>(),
                                options.filter));
    return kDone;
}

}  // namespace

void add_crds(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("crds", "Whether each custom resource works, and why not");
    command->footer(
        "Examples: redshank crds --group example.com\n"
        "          redshank crds --format json --state /var/lib/redshank/redshank.db\n"
        "          redshank crds --requests /var/log/kubernetes/audit/audit.log");
    auto options = std::make_shared<CrdsOptions>();
    auto* requests =
        command->add_option("--requests", options->requests,
                            "list every failing request on a custom resource in these logs instead");
    command->add_option("--group", options->filter.group, "only this API group");
    command->add_option("--cluster", options->filter.cluster, "only in this cluster")->excludes(requests);
    command->add_option("--config", options->config, "configuration (default: built-in defaults)");
    add_state_option(*command, options->state);
    add_format_option(*command, options->format);
    command->callback([&chosen, options] { chosen = [options] { return crds(*options); }; });
}

}  // namespace redshank
