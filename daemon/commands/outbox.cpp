#include "daemon/questions/outbox.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/store/checked.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct OutboxOptions {
    std::string state, receiver, requeue;
    OutputFormat format = OutputFormat::Text;
};

std::string to_json(const OutboxRow& row) {
    return json::serialize(json::object{{"state", row.is_dead ? "dead" : "waiting"},
                                        {"receiver", row.receiver},
                                        {"id", row.alert.id},
                                        {"notification", row.alert.notification},
                                        {"time", audit::format_time(row.time)},
                                        {"attempts", row.attempts},
                                        {"reason", audit::valid_utf8(row.reason)},
                                        {"severity", to_string(row.alert.severity)},
                                        {"status", to_string(row.alert.status)},
                                        {"kind", audit::valid_utf8(row.alert.finding.kind)},
                                        {"findings", row.alert.findings},
                                        {"summary", audit::valid_utf8(row.alert.finding.summary)}});
}

std::string why(const OutboxRow& row) {
    if (row.is_dead) return row.reason;
    return row.attempts == 0 ? "not tried yet" : fmt::format("{} attempts", row.attempts);
}

Listing<OutboxRow> listing(OutputFormat format) {
    using Row = OutboxRow;
    return {format,
            {{{"STATE"}, [](const Row& row) { return std::string(row.is_dead ? "dead" : "waiting"); }},
             {{"RECEIVER", 1, 8}, [](const Row& row) { return row.receiver; }},
             {{"ID"}, [](const Row& row) { return row.alert.id; }},
             {{"SINCE"}, [](const Row& row) { return to_seconds(row.time); }},
             {{"SEVERITY"}, [](const Row& row) { return std::string(to_string(row.alert.severity)); }},
             {{"WHY AND WHAT", 3, 16},
              [](const Row& row) { return why(row) + ": " + row.alert.finding.summary; }}},
            [](const Row& row) { return to_json(row); },
            "nothing waits, and nothing is undeliverable"};
}

int list(const OutboxOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    print_rows(listing(options.format), outbox(checked_state(*store), options.receiver));
    return kDone;
}

int requeue(const OutboxOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::Attached);
    std::vector<OutboxRow> rows = dead_letters(checked_state(*store), options.receiver);
    if (options.requeue != "all") {
        std::erase_if(rows, [&](const OutboxRow& row) { return row.alert.id != options.requeue; });
        if (rows.empty()) {
            log_error("there is no dead letter {}", options.requeue);
            return kUsage;
        }
    }
    store->begin();
    for (const OutboxRow& row : rows) store->writer().put(kRequeueTable, row.key, "{}");
    if (!store->commit()) {
        log_error("{}", store->problem());
        return kFailed;
    }
    print_text(fmt::format("{} requeued; the daemon tries {} within seconds, or when it is next started",
                           rows.size(), rows.size() == 1 ? "it" : "them"));
    return kDone;
}

}  // namespace

void add_outbox(CLI::App& app, Chosen& chosen) {
    auto* command = app.add_subcommand("outbox", "What waits for receivers, and what could not be delivered");
    command->footer(
        "Example: redshank outbox --receiver oncall\n"
        "Example: redshank outbox --requeue all");
    auto options = std::make_shared<OutboxOptions>();
    command->add_option("--receiver", options->receiver, "only of this receiver");
    command
        ->add_option("--requeue", options->requeue,
                     "try dead letters again: the ID of an alert, or all of them")
        ->option_text("ID|all");
    add_format_option(*command, options->format);
    add_state_option(*command, options->state);
    command->callback([&chosen, options] {
        chosen = [options] { return options->requeue.empty() ? list(*options) : requeue(*options); };
    });
}

}  // namespace redshank
