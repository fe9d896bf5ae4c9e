// What is on its way to receivers, and what could not be delivered.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "audit/utf8.h"
#include "core/finding/text.h"
#include "core/log.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/store/store.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct OutboxOptions {
    std::string state, receiver, requeue;
    OutputFormat format = OutputFormat::Text;
};

struct Row {
    std::string key, state, receiver, reason;
    audit::Time time{};  // waiting: decided; dead: given up
    uint32_t attempts = 0;
    Alert alert;
};

// Rows of one table that belong to the receiver ("" for all), oldest first.
void read_rows(const StateReader& state, const std::string& receiver, bool dead, std::vector<Row>& out) {
    state.scan(dead ? kDeadTable : kQueueTable, "", [&](std::string_view key, std::string_view value) {
        Row row{.key = std::string(key), .state = dead ? "dead" : "waiting"};
        if (dead) {
            auto letter = read_dead_row(key, value);
            if (!letter) return;
            row.receiver = std::move(letter->receiver);
            row.reason = std::move(letter->reason);
            row.time = letter->time;
            row.alert = std::move(letter->alert);
        } else {
            auto stored = read_queue_row(key, value);
            if (!stored) return;
            row.receiver = std::move(stored->receiver);
            row.attempts = stored->item.attempts;
            row.time = stored->item.alert.created;
            row.alert = std::move(stored->item.alert);
        }
        if (receiver.empty() || row.receiver == receiver) out.push_back(std::move(row));
    });
}

std::string to_json(const Row& row) {
    return json::serialize(json::object{{"state", row.state},
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

int list(const OutboxOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::ReadOnly);
    std::vector<Row> rows;
    read_rows(store->state(), options.receiver, false, rows);
    read_rows(store->state(), options.receiver, true, rows);
    if (options.format == OutputFormat::Json) {
        for (const Row& row : rows) fmt::print("{}\n", to_json(row));
        return kDone;
    }
    if (rows.empty()) {
        fmt::print("nothing waits, and nothing is undeliverable\n");
        return kDone;
    }
    constexpr const char* kRow = "{:<7}  {:<16}  {:<28}  {:<20}  {:<8}  {}\n";
    fmt::print(kRow, "STATE", "RECEIVER", "ID", "SINCE", "SEVERITY", "WHY AND WHAT");
    for (const Row& row : rows) {
        const std::string why = row.state == "dead" ? fit_exact(row.reason, 200)
                                : row.attempts == 0 ? "not tried yet"
                                                    : fmt::format("{} attempts", row.attempts);
        fmt::print(kRow, row.state, fit_exact(row.receiver, 80), fit_exact(row.alert.id, 80),
                   audit::format_time(row.time).substr(0, 19) + "Z", to_string(row.alert.severity),
                   why + ": " + fit_exact(row.alert.finding.summary, 400));
    }
    return kDone;
}

int requeue(const OutboxOptions& options) {
    const auto store = Store::open(options.state, Store::Mode::Attached);
    std::vector<Row> rows;
    read_rows(store->state(), options.receiver, true, rows);
    if (options.requeue != "all") {
        std::erase_if(rows, [&](const Row& row) { return row.alert.id != options.requeue; });
        if (rows.empty()) {
            log_error("there is no dead letter {}", options.requeue);
            return kUsage;
        }
    }
    store->begin();
    for (const Row& row : rows) store->writer().put(kRequeueTable, row.key, "{}");
    if (!store->commit()) {
        log_error("{}", store->problem());
        return kFailed;
    }
    fmt::print("{} requeued; the daemon tries {} within seconds, or when it is next started\n", rows.size(),
               rows.size() == 1 ? "it" : "them");
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
