#include "daemon/questions/outbox.h"

#include <iterator>
#include <utility>

#include "daemon/delivery/queue_rows.h"

namespace redshank {

std::vector<OutboxRow> dead_letters(const StateReader& state, const std::string& receiver) {
    std::vector<OutboxRow> rows;
    load_dead(state, [&](std::string_view key, DeadLetter letter) {
        if (!receiver.empty() && receiver_of(key) != receiver) return;
        rows.push_back({.key = std::string(key),
                        .is_dead = true,
                        .receiver = receiver_of(key),
                        .time = letter.time,
                        .reason = std::move(letter.reason),
                        .alert = std::move(letter.alert)});
    });
    return rows;
}

std::vector<OutboxRow> outbox(const StateReader& state, const std::string& receiver) {
    std::vector<OutboxRow> rows;
    load_queue(state, [&](std::string_view key, QueuedAlert item) {
        if (!receiver.empty() && receiver_of(key) != receiver) return;
        rows.push_back({.key = std::string(key),
                        .receiver = receiver_of(key),
                        .time = item.alert.created,
                        .attempts = item.attempts,
                        .alert = std::move(item.alert)});
    });
    std::vector<OutboxRow> dead = dead_letters(state, receiver);
    rows.insert(rows.end(), std::make_move_iterator(dead.begin()), std::make_move_iterator(dead.end()));
    return rows;
}

}  // namespace redshank
