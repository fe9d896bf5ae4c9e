#include "daemon/questions/outbox.h"

#include <iterator>

#include "daemon/delivery/queue_rows.h"

namespace redshank {

std::vector<OutboxRow> dead_letters(const StateReader& state, const std::string& receiver) {
    std::vector<OutboxRow> rows;
    state.scan(kDeadTable, "", [&](std::string_view key, std::string_view value) {
        auto letter = read_dead_row(key, value);
        if (!letter || (!receiver.empty() && letter->receiver != receiver)) return;
        rows.push_back({.key = std::string(key),
                        .is_dead = true,
                        .receiver = std::move(letter->receiver),
                        .time = letter->time,
                        .reason = std::move(letter->reason),
                        .alert = std::move(letter->alert)});
    });
    return rows;
}

std::vector<OutboxRow> outbox(const StateReader& state, const std::string& receiver) {
    std::vector<OutboxRow> rows;
    state.scan(kQueueTable, "", [&](std::string_view key, std::string_view value) {
        auto stored = read_queue_row(key, value);
        if (!stored || (!receiver.empty() && stored->receiver != receiver)) return;
        rows.push_back({.key = std::string(key),
                        .receiver = std::move(stored->receiver),
                        .time = stored->item.alert.created,
                        .attempts = stored->item.attempts,
                        .alert = std::move(stored->item.alert)});
    });
    std::vector<OutboxRow> dead = dead_letters(state, receiver);
    rows.insert(rows.end(), std::make_move_iterator(dead.begin()), std::make_move_iterator(dead.end()));
    return rows;
}

}  // namespace redshank
