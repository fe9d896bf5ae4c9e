// The queues as rows of the store. "delivery.queue" holds what waits, "delivery.dead" what was given up, and
// "delivery.requeue" names those of the dead that shall be tried again; all under "RECEIVER␟SEQUENCE"
// (sixteen digits). docs/state.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/delivery/receiver_queue.h"

namespace redshank {

inline constexpr std::string_view kQueueTable = "delivery.queue", kDeadTable = "delivery.dead",
                                  kRequeueTable = "delivery.requeue";

// Without a sequence: the prefix of all rows of the receiver.
std::string queue_key(const std::string& receiver);
std::string queue_key(const std::string& receiver, uint64_t sequence);

uint64_t sequence_of(std::string_view key);  // 0 when it has none

std::string queue_row(const QueuedAlert& item);
std::string dead_row(const Alert& alert, const std::string& reason, audit::Time now);

struct StoredRow {
    std::string receiver;
    QueuedAlert item;
};
// Nothing when the row is not one of ours.
std::optional<StoredRow> read_queue_row(std::string_view key, std::string_view value);

struct DeadLetter {
    std::string receiver;
    audit::Time time{};  // when it was given up
    std::string reason;
    Alert alert;
};
std::optional<DeadLetter> read_dead_row(std::string_view key, std::string_view value);

// One alert in place of many that waited too long.
Alert summary_of(const std::vector<QueuedAlert>& items, audit::Time now);

}  // namespace redshank
