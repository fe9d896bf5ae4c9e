#include "daemon/questions/secrets.h"

#include <algorithm>
#include <boost/json.hpp>

#include "audit/nearest.h"
#include "core/finding/finding.h"
#include "core/state/json_fields.h"
#include "daemon/commands/caveats.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/never_seen.h"
#include "daemon/commands/options.h"
#include "daemon/print/note.h"
#include "daemon/print/secrets_columns.h"
#include "daemon/questions/seen.h"
#include "daemon/store/checked.h"
#include "detectors/engine.h"

namespace redshank {

namespace {

struct SecretsOptions {
    std::string state;
    SecretsFilter filter;
    OutputFormat format = OutputFormat::Text;
};

// The state's row with its type in front: "window" or "reader".
std::string typed(const char* type, const std::string& stored) {
    boost::json::object out{{"type", type}};
    const boost::json::value row = boost::json::parse(stored);
    for (const auto& [key, value] : row.as_object()) out[key] = value;
    return boost::json::serialize(out);
}

Listing<ExposureRow> windows(OutputFormat format, const std::vector<Caveat>& unseen) {
    return {format, exposure_columns(),
            [&unseen](const ExposureRow& row) {
                return with_caveats(typed("window", row.stored), unseen, row.cluster);
            },
            "none", Table::Layout::Blocks};
}

Listing<ReaderRow> readers(OutputFormat format, const std::vector<Caveat>& unseen) {
    return {format, reader_columns(),
            [&unseen](const ReaderRow& row) {
                return with_caveats(typed("reader", row.stored), unseen, row.cluster);
            },
            unseen.empty() ? "nobody" : "nobody was logged"};
}

// "" when a row is about the Secret itself; about others of its namespace, or of the cluster, tells nothing
// of a name that is nearly that of another one.
std::string secret_without_rows(const StateReader& state, const std::string& secret) {
    if (secret.empty()) return {};
    const std::set<std::string> seen = seen_secrets(state);
    if (seen.contains(secret)) return {};
    const bool has_namesake = !audit::nearest_name(secret.substr(0, 256), {seen.begin(), seen.end()}).empty();
    const SecretsFilter filter{.secret = secret};
    const bool has_rows = !exposures(state, filter).empty() || !secret_readers(state, filter).empty();
    const bool has_namespace = seen_namespaces(state).contains(secret.substr(0, secret.find('/')));
    return has_rows && has_namespace && !has_namesake ? "" : secret;
}

bool counts_go_beyond(const std::vector<ReaderRow>& rows, const SecretsFilter& filter) {
    return std::any_of(rows.begin(), rows.end(), [&](const ReaderRow& row) {
        return (filter.since && row.reads.first < *filter.since) ||
               (filter.until && row.reads.last > *filter.until);
    });
}

int list_secrets(const SecretsOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const CheckedState checked = checked_state(*store);
    const AllPartitions state = detectors_state(checked);
    if (is_never_seen("Secret", secret_without_rows(state, options.filter.secret),
                      [&] { return seen_secrets(state); }) ||
        is_never_seen("namespace", options.filter.ns, [&] { return seen_namespaces(state); }) ||
        is_never_seen("cluster", options.filter.cluster, [&] { return seen_clusters(state); })) {
        return kUsage;
    }
    const bool is_text = options.format == OutputFormat::Text;
    const std::vector<Caveat> unseen =
        caveats(state, options.filter.cluster, {"secret-read-unprotected", "secret-exposed"});
    if (is_text) print_text("EXPOSURE WINDOWS");
    print_rows(windows(options.format, unseen), exposures(state, options.filter));
    if (is_text) print_text("");
    if (is_text) print_text("WHO ASKED FOR THE CONTENT");
    const std::vector<ReaderRow> who = secret_readers(state, options.filter);
    print_rows(readers(options.format, unseen), who);
    if (counts_go_beyond(who, options.filter))
        print_note(
            options.format,
            "COUNT is of all requests of a row: the state keeps none by day. redshank events counts them");
    print_caveats(options.format, unseen);
    for (const Caveat& caveat : unseen) {
        if (!is_text) print_json(typed("caveat", boost::json::serialize(json_of(caveat))));
    }
    return kDone;
}

}  // namespace

void add_secrets(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("secrets", "When Secrets lay open, and who read them by which grant");
    command->footer("Example: redshank secrets --secret payments/db-password --since 7d");
    auto options = std::make_shared<SecretsOptions>();
    command->add_option("--secret", options->filter.secret, "only this one: NAMESPACE/NAME");
    command->add_option("--namespace", options->filter.ns, "only those of this namespace");
    command->add_option("--cluster", options->filter.cluster, "only in this cluster");
    add_time_option(*command, "--since", options->filter.since, "only what went on at or after this time");
    add_time_option(*command, "--until", options->filter.until, "only what went on at or before this time");
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] { chosen = [options] { return list_secrets(*options); }; });
}

}  // namespace redshank
