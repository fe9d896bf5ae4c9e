// "This is normal", said while the daemon runs: rows of the table that detectors/access/suppression.h reads.
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>

#include "core/log.h"
#include "core/state/row.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/questions/said.h"
#include "daemon/store/checked.h"
#include "detectors/access/suppression.h"
#include "detectors/engine.h"

namespace redshank {

namespace json = boost::json;
using access::SaidNormal, access::Suppress;

namespace {

struct SuppressOptions {
    std::string state = kServiceState, length = "30d", id;
    SaidNormal said;
    OutputFormat format = OutputFormat::Text;
    bool all = false;
};

int refuse(const char* problem) {
    log_error("{}", problem);
    return kUsage;
}

int commit(Store& store) {
    if (store.commit()) return kDone;
    log_error("{}", store.problem());
    return kFailed;
}

void erase(Store& store, const std::string& id) {
    store.writer().erase(access::kSuppressions, id);
    store.writer().erase(access::kSuppressionUse, id);
}

int add(const SuppressOptions& options) {
    SaidNormal said = options.said;
    if (said.what.actor == "*" && said.what.behaviour == "*" && said.what.namespace_ == "*") {
        return refuse("this would suppress everything: name an actor, a behaviour or a namespace");
    }
    const auto length = parse_length(options.length);
    if (!length) return refuse("--for takes a duration such as 12h or 30d");
    const audit::Time now = said.made = wall_clock();
    said.what.expires = now + *length;
    if (said.author.empty()) said.author = login_name();
    said.id = "n_" + finding_id({"suppress", write_row(said), std::to_string(getpid())}).substr(2, 12);

    const auto store = Store::open(options.state, Store::Mode::Attached);
    const auto known = access::read_suppressions(checked_state(*store));
    store->begin();
    size_t kept = known.size();
    for (const SaidNormal& old : known) {  // what ended a week ago makes room
        if (old.what.expires + std::chrono::days{7} >= now) continue;
        erase(*store, old.id);
        --kept;
    }
    if (kept >= access::kMaxSuppressions) {
        store->commit();
        return refuse("there are too many already; expire some");
    }
    store->writer().put(access::kSuppressions, said.id, write_row(said));
    const int status = commit(*store);
    if (status == kDone) print_text(said.id);
    return status;
}

std::string to_json(const SuppressionRow& row) {
    json::object out = json::parse(write_row(row.said)).as_object();
    out["id"] = row.said.id;
    out["times"] = row.use.times;
    out["last"] = row.use.times == 0
                      ? json::value(nullptr)
                      : json::value(audit::format_time(audit::Time{audit::Duration{row.use.last}}));
    return json::serialize(out);
}

Listing<SuppressionRow> listing(OutputFormat format) {
    using Row = SuppressionRow;
    return {
        format,
        {{{"ID"}, [](const Row& row) { return row.said.id; }},
         {{"EXPIRES"}, [](const Row& row) { return to_seconds(row.said.what.expires); }},
         {{"BY", 1, 8}, [](const Row& row) { return row.said.author; }},
         {{.header = "TIMES", .right = true}, [](const Row& row) { return std::to_string(row.use.times); }},
         {{"WHAT", 3, 20},
          [](const Row& row) {
              const Suppress& what = row.said.what;
              return "actor=" + what.actor + " behaviour=" + what.behaviour + " namespace=" + what.namespace_;
          }},
         {{"WHY", 2, 12}, [](const Row& row) { return row.said.comment; }}},
        [](const Row& row) { return to_json(row); },
        "nothing is suppressed by command"};
}

int list(const SuppressOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    const auto now = options.all ? std::nullopt : std::optional(wall_clock());
    print_rows(listing(options.format), suppressions(detectors_state(checked_state(*store)), now));
    return kDone;
}

// The row goes, so that it ends for events of yesterday too that are read tomorrow.
int expire(const SuppressOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::Attached);
    if (!store->state().get(access::kSuppressions, options.id)) {
        return refuse("there is no such suppression; `redshank suppress list --all` shows them");
    }
    store->begin();
    erase(*store, options.id);
    return commit(*store);
}

}  // namespace

void add_suppress(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("suppress", "Tell unusual_access that something is normal");
    command->require_subcommand(1);
    command->footer(
        "Example: redshank suppress add --actor 'system:serviceaccount:backup:*' --behaviour 'list secrets' "
        "--for 90d --comment 'the new backup'");
    auto options = std::make_shared<SuppressOptions>();
    const auto add_state = [options](CLI::App* to) {
        to->add_option("--state", options->state, "the database; may be in use by the daemon")
            ->capture_default_str();
    };

    auto* adding = command->add_subcommand("add", "Say it and print its id");
    adding->add_option("--actor", options->said.what.actor, "user names, a glob")->capture_default_str();
    adding
        ->add_option("--behaviour", options->said.what.behaviour,
                     "an action as the summary says it (\"list secrets\") or a kind (\"off-hours\"), a glob")
        ->capture_default_str();
    adding->add_option("--namespace", options->said.what.namespace_, "a glob")->capture_default_str();
    adding->add_option("--for", options->length, "how long, e.g. 12h or 30d")->capture_default_str();
    adding->add_option("--comment", options->said.comment, "why")->required();
    adding->add_option("--author", options->said.author, "who; default: you");
    add_state(adding);
    adding->callback([&chosen, options] { chosen = [options] { return add(*options); }; });

    auto* listing = command->add_subcommand("list", "The ones in force, and how often they were needed");
    listing->add_flag("--all", options->all, "those that expired too");
    add_format_option(*listing, options->format);
    add_state(listing);
    listing->callback([&chosen, options] { chosen = [options] { return list(*options); }; });

    auto* ending = command->add_subcommand("expire", "End one now");
    ending->add_option("ID", options->id, "as `list` shows it")->required();
    add_state(ending);
    ending->callback([&chosen, options] { chosen = [options] { return expire(*options); }; });
}

}  // namespace redshank
