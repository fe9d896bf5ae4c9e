#include <fmt/format.h>

#include <cstdio>

#include "core/finding/finding_json.h"
#include "core/finding/text.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/store/store.h"

namespace redshank {

namespace {

struct FindingsOptions {
    std::string state, least = "info";
    Store::FindingQuery query;
    OutputFormat format = OutputFormat::Text;
};

int list_findings(const FindingsOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const bool json = options.format == OutputFormat::Json;
    constexpr const char* kRow = "{:<20}  {:<8}  {:<8}  {:>6}  {:<24}  {}\n";
    bool any = false;
    store->findings(options.query, [&](const Finding& finding) {
        if (json) return fmt::print("{}\n", to_json(finding));
        if (!any) fmt::print(kRow, "LAST", "SEVERITY", "STATUS", "EVENTS", "KIND", "WHAT");
        any = true;
        fmt::print(kRow, audit::format_time(finding.time).substr(0, 19) + "Z", to_string(finding.severity),
                   to_string(finding.status), finding.count, fit_exact(finding.kind, 80),
                   fit_exact(finding.summary, 2000));
    });
    if (!json && !any) fmt::print("nothing found\n");
    return kDone;
}

}  // namespace

void add_findings(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("findings", "What was found, newest first");
    command->footer("Example: redshank findings --since 24h --severity high");
    auto options = std::make_shared<FindingsOptions>();
    add_time_option(*command, "--since", options->query.since, "only with events at or after this time");
    command->add_option("--detector", options->query.detector,
                        "secret_exposure, unusual_access, crd_health, rule or source");
    command->add_option("--severity", options->least, "this and worse")
        ->check(CLI::IsMember(std::vector<std::string>(kSeverityWords.begin(), kSeverityWords.end())));
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] {
        parse_severity(options->least, options->query.min_severity);
        chosen = [options] { return list_findings(*options); };
    });
}

}  // namespace redshank
