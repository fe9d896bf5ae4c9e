#include "daemon/questions/last_access.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "core/log.h"
#include "daemon/commands/caveats.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/never_seen.h"
#include "daemon/commands/options.h"
#include "daemon/print/access_columns.h"
#include "daemon/print/access_json.h"
#include "daemon/print/note.h"
#include "daemon/questions/seen.h"
#include "daemon/store/checked.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

struct LastAccessOptions {
    std::string state;
    AccessFilter filter;
    OutputFormat format = OutputFormat::Text;
};

audit::Time time_of(int64_t micros) {
    return audit::Time{audit::Duration{micros}};
}

template <class Row>
std::string to_json(const Row& row) {
    return boost::json::serialize(json_of(row));
}

Listing<AccessedRow> accesses(OutputFormat format) {
    return {format, access_columns(), [](const AccessedRow& row) { return to_json(row); }, ""};
}

Listing<WatchedRow> watched(OutputFormat format, const std::vector<Caveat>& unseen) {
    return {format, watched_columns(),
            [&unseen](const WatchedRow& row) { return with_caveats(to_json(row), unseen, row.cluster); }, ""};
}

bool counts_go_beyond(const std::vector<AccessedRow>& rows, const AccessFilter& filter) {
    return std::any_of(rows.begin(), rows.end(), [&](const AccessedRow& row) {
        return (filter.since && time_of(row.access.first) < *filter.since) ||
               (filter.until && time_of(row.access.last()) > *filter.until);
    });
}

int answer(const LastAccessOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const CheckedState checked = checked_state(*store);
    const AllPartitions state = detectors_state(checked);
    if (is_never_seen("user", options.filter.user, [&] { return seen_users(state); }) ||
        is_never_seen("namespace", options.filter.ns, [&] { return seen_namespaces(state); }) ||
        is_never_seen("cluster", options.filter.cluster, [&] { return seen_clusters(state); })) {
        return kUsage;
    }
    const std::vector<AccessedRow> rows = last_accesses(state, options.filter);
    const bool found = print_rows(accesses(options.format), rows);
    if (counts_go_beyond(rows, options.filter))
        print_note(
            options.format,
            "ALLOWED and DENIED count all requests of a row: the state keeps none by day. redshank events "
            "counts them");
    if (found && options.format == OutputFormat::Text) print_text("");
    const std::vector<Caveat> unseen = caveats(state, options.filter.cluster, {"unusual-access"});
    print_rows(watched(options.format, unseen), watched_clusters(state, options.filter.cluster));
    print_caveats(options.format, unseen);
    if (!found) log_notice("nobody of that kind was {}", unseen.empty() ? "seen" : "logged");
    return kDone;
}

}  // namespace

void add_last_access(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("last-access", "When somebody last accessed a cluster, and since when we watch");
    command->footer("Example: redshank last-access --user alice --cluster prod-eu");
    auto options = std::make_shared<LastAccessOptions>();
    command->add_option("--user", options->filter.user, "only this user");
    command->add_option("--cluster", options->filter.cluster, "only this cluster");
    command->add_option("--namespace", options->filter.ns, "accesses to this namespace");
    add_time_option(*command, "--since", options->filter.since, "only who came at or after this time");
    add_time_option(*command, "--until", options->filter.until, "only who came at or before this time");
    command->add_flag("--by-resource", options->filter.by_resource, "a row for each resource too");
    add_state_option(*command, options->state);
    add_format_option(*command, options->format);
    command->callback([&chosen, options] { chosen = [options] { return answer(*options); }; });
}

}  // namespace redshank
