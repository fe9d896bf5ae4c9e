#include "daemon/questions/findings.h"

#include "core/finding/finding_json.h"
#include "core/finding/names.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/never_seen.h"
#include "daemon/commands/options.h"
#include "daemon/print/when.h"
#include "daemon/questions/seen.h"
#include "exporters/siem.h"

namespace redshank {

namespace {

struct FindingsOptions {
    std::string state, least = "info";
    FindingsFilter filter;
    OutputFormat format = OutputFormat::Text;
    SiemFormat words = SiemFormat::Own;
};

Listing<Finding> listing(OutputFormat format, SiemFormat words) {
    using Row = Finding;
    return {format,
            {{when_column("LAST"), [](const Row& row) { return when(row.time); }},
             {{"SEVERITY"}, [](const Row& row) { return std::string(to_string(row.severity)); }},
             {{"STATUS"}, [](const Row& row) { return std::string(to_string(row.status)); }},
             {{.header = "EVENTS", .right = true}, [](const Row& row) { return std::to_string(row.count); }},
             {{"CLUSTER", 1, 7}, [](const Row& row) { return row.cluster; }},
             {{"KIND", 1, 12}, [](const Row& row) { return row.kind; }},
             {{"WHAT", 4, 24}, [](const Row& row) { return row.summary; }}},
            [words](const Row& row) {
                return words == SiemFormat::Own ? to_json(row) : boost::json::serialize(siem_of(row, words));
            },
            "nothing found"};
}

bool asks_for_what_is_unknown(const Store& store, const FindingsFilter& filter) {
    const SeenNames seen = names_in_findings(store);
    return is_never_seen("finding", filter.id, [&] { return seen.ids; }) ||
           is_never_seen("finding of kind", filter.kind, [&] { return seen.kinds; }) ||
           is_never_seen("user", filter.user, [&] { return seen.users; }) ||
           is_never_seen("cluster", filter.cluster, [&] { return seen.clusters; });
}

int list_findings(const FindingsOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    Listing<Finding> out = listing(options.format, options.words);
    each_finding(*store, options.filter, [&](const Finding& finding) { out.add(finding); });
    if (out.empty() && asks_for_what_is_unknown(*store, options.filter)) return kUsage;
    out.finish();
    return kDone;
}

}  // namespace

void add_findings(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("findings", "What was found, newest first");
    command->footer(
        "Examples: redshank findings --since 24h --min-severity high\n"
        "          redshank findings --user alice --kind unusual-access");
    auto options = std::make_shared<FindingsOptions>();
    Store::FindingQuery& query = options->filter.query;
    add_time_option(*command, "--since", query.since, "only with events at or after this time");
    add_choice_option(*command, "--detector", query.detector,
                      {std::begin(kDetectorNames), std::end(kDetectorNames)}, "only of this detector");
    add_choice_option(*command, "--severity,--min-severity", options->least,
                      {kSeverityWords.begin(), kSeverityWords.end()}, "this and worse");
    command->add_option("--id", options->filter.id, "only this one");
    command->add_option("--kind", options->filter.kind, "only of this kind, or of this rule");
    command->add_option("--user", options->filter.user,
                        "only what this user did, or was done with its rights");
    command->add_option("--cluster", options->filter.cluster, "only in this cluster");
    add_format_option(*command, options->format, options->words);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] {
        parse_severity(options->least, options->filter.query.min_severity);
        chosen = [options] { return list_findings(*options); };
    });
}

}  // namespace redshank
