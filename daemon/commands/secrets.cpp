#include "daemon/questions/secrets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>

#include "core/finding/finding.h"
#include "core/state/json_fields.h"
#include "daemon/commands/caveats.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/never_seen.h"
#include "daemon/commands/options.h"
#include "daemon/print/note.h"
#include "daemon/print/when.h"
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

std::string change(const std::optional<audit::Time>& time, const std::optional<secrets::Cause>& cause,
                   const char* otherwise) {
    return time ? when(*time) + " " + (cause ? cause->in_words() : otherwise) : "";
}

std::string open_for(const secrets::Window& window) {
    if (!window.closed) return "";
    return audit::format_duration(*window.closed - window.opened) +
           (window.closing_presumed ? " (presumed: nobody read through it since)" : "");
}

Listing<ExposureRow> windows(OutputFormat format, const std::vector<Caveat>& unseen) {
    using Row = ExposureRow;
    return {
        format,
        {{{"SECRETS"}, [](const Row& row) { return row.window.target; }},
         {{"WINDOW"},
          [](const Row& row) {
              return fmt::format("{}, {}", row.window.number, row.window.is_open() ? "OPEN" : "closed");
          }},
         {{"CLUSTER"}, [](const Row& row) { return row.cluster; }},
         {{"READABLE BY"},
          [](const Row& row) { return fmt::format("{}", fmt::join(row.window.subjects, ", ")); }},
         {{"THROUGH"}, [](const Row& row) { return row.window.through; }},
         {{"OPENED"},
          [](const Row& row) {
              return change(row.window.opened, row.window.opened_by,
                            "or earlier: before anything that was seen");
          }},
         {{"CLOSED"}, [](const Row& row) { return change(row.window.closed, row.window.closed_by, ""); }},
         {{"OPEN FOR"}, [](const Row& row) { return open_for(row.window); }},
         {{"KNOWN"},
          [](const Row& row) {
              return std::string(row.window.basis == secrets::Window::Basis::Inferred
                                     ? "inferred from reads: the log does not show RBAC objects"
                                     : "");
          }},
         {{"READS"}, [](const Row& row) { return std::to_string(row.window.reads); }}},
        [&unseen](const Row& row) { return with_caveats(typed("window", row.stored), unseen, row.cluster); },
        "none",
        Table::Layout::Blocks};
}

std::string how(const secrets::Reads::Row& row) {
    std::string text = fmt::format("{}", fmt::join(row.verbs, ","));
    if (!row.grant.empty()) text += " " + row.grant;
    if (row.window != 0) text += fmt::format(" in window {}", row.window);
    if (!row.source_ip.empty()) text += " from " + row.source_ip;
    return text + " since " + to_seconds(row.first);
}

// "exposed", "in order", "refused", "not judged".
std::string verdict(const ReaderRow& row) {
    std::string words = row.reads.verdict;
    std::replace(words.begin(), words.end(), '-', ' ');
    return words;
}

Listing<ReaderRow> readers(OutputFormat format, const std::vector<Caveat>& unseen) {
    using Row = ReaderRow;
    return {
        format,
        {{when_column("LAST"), [](const Row& row) { return when(row.reads.last); }},
         {{.header = "COUNT", .right = true}, [](const Row& row) { return std::to_string(row.reads.count); }},
         {{"VERDICT"}, verdict},
         {{"CLUSTER", 1, 7}, [](const Row& row) { return row.cluster; }},
         {{"WHO", 2, 12},
          [](const Row& row) { return acting_words(row.reads.user, row.reads.impersonated); }},
         {{"SECRET", 1, 10}, [](const Row& row) { return row.reads.secret; }},
         {{"HOW", 3, 16}, [](const Row& row) { return how(row.reads); }}},
        [&unseen](const Row& row) { return with_caveats(typed("reader", row.stored), unseen, row.cluster); },
        unseen.empty() ? "nobody" : "nobody was logged"};
}

// "" when a row is about the Secret, be it by a pattern such as shop/*.
std::string secret_without_rows(const StateReader& state, const std::string& secret) {
    const SecretsFilter filter{.secret = secret};
    return exposures(state, filter).empty() && secret_readers(state, filter).empty() ? secret : "";
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
