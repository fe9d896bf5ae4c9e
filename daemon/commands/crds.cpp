#include "daemon/questions/crds.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "daemon/commands/caveats.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/never_seen.h"
#include "daemon/commands/options.h"
#include "daemon/config/config.h"
#include "daemon/print/crd_columns.h"
#include "daemon/print/note.h"
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

Listing<crd::Report> resources(OutputFormat format, const std::vector<Caveat>& unseen) {
    return {format, crd_columns(),
            [&unseen](const crd::Report& row) {
                return with_caveats(crd::to_json(row), unseen, row.key.cluster);
            },
            unseen.empty() ? "no custom resource was seen" : "no custom resource was logged"};
}

bool asks_for_what_is_unknown(const std::vector<crd::Report>& all, const CrdsFilter& filter) {
    std::set<std::string> groups, clusters;
    for (const crd::Report& report : all) {
        groups.insert(report.key.group);
        clusters.insert(report.key.cluster);
    }
    return is_never_seen("API group of a custom resource", filter.group, [&] { return groups; }) ||
           is_never_seen("cluster", filter.cluster, [&] { return clusters; });
}

int crds(const CrdsOptions& options) {
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    if (!options.requests.empty()) return list_requests(options, config);
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const CheckedState checked = checked_state(*store);
    const AllPartitions state = detectors_state(checked);
    const auto& own = config.detectors.of<crd::Config>();
    const std::vector<crd::Report> reports = custom_resources(state, own, options.filter);
    if (reports.empty() && asks_for_what_is_unknown(custom_resources(state, own, {}), options.filter))
        return kUsage;
    const std::vector<Caveat> unseen = caveats(state, options.filter.cluster, {"crd-failing"});
    print_rows(resources(options.format, unseen), reports);
    const auto since = options.filter.since;
    if (options.filter.until || (since && crd::newest_event(state) - *since > crd::Windows::kLongest))
        print_note(
            options.format,
            "REQUESTS and FAILED are limited by --since only, and to the last three days: the state keeps "
            "no more by the hour. redshank crds --requests LOG counts in the logs");
    print_caveats(options.format, unseen);
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
    add_time_option(*command, "--since", options->filter.since, "only with requests at or after this time");
    add_time_option(*command, "--until", options->filter.until, "only with requests at or before this time");
    command->add_option("--config", options->config, "configuration (default: built-in defaults)");
    add_state_option(*command, options->state);
    add_format_option(*command, options->format);
    command->callback([&chosen, options] { chosen = [options] { return crds(*options); }; });
}

}  // namespace redshank
