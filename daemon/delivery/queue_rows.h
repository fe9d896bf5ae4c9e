// The queues as rows of the store. "delivery.queue" holds what waits, "delivery.dead" what was given up, and
// "delivery.requeue" names those of the dead that shall be tried again; all under "RECEIVER␟SEQUENCE"
// (sixteen digits). "delivery.works" names the receivers that have just accepted a test. docs/state.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/state/describe.h"
#include "core/state/state.h"
#include "daemon/delivery/receiver_queue.h"

namespace redshank {

inline constexpr std::string_view kQueueTable = "delivery.queue", kDeadTable = "delivery.dead",
                                  kRequeueTable = "delivery.requeue", kWorksTable = "delivery.works";

// Without a sequence: the prefix of all rows of the receiver.
std::string queue_key(const std::string& receiver);
std::string queue_key(const std::string& receiver, uint64_t sequence);

// "" and 0 when the key has none.
std::string receiver_of(std::string_view key);
uint64_t sequence_of(std::string_view key);

// A row of "delivery.queue": all but the sequence, which is in the key.
template <class V>
void describe(V& v, QueuedAlert& row) {
    v.must("alert", row.alert);
    v("attempts", row.attempts);
    v("not_before", micros(row.not_before));
    v("alone", row.alone);
    v("refused", micros(row.refused));
}

// A row of "delivery.dead".
struct DeadLetter {
    audit::Time time{};  // when it was given up
    std::string reason;
    Alert alert;
    bool refused = false;  // the receiver said that it is wrong: who is at fault is not sure
};
template <class V>
void describe(V& v, DeadLetter& row) {
    v.must("time", row.time);
    v("reason", row.reason);
    v.must("alert", row.alert);
    v.sparse("refused", row.refused);
}

// Gives every row that can be used to take(key, row).
void load_queue(const StateReader& state, const std::function<void(std::string_view, QueuedAlert)>& take);
void load_dead(const StateReader& state, const std::function<void(std::string_view, DeadLetter)>& take);

// What has changed of the rows since the last save(). A row that comes and goes between two saves leaves
// nothing: however long nothing can be saved, this holds no more than the queues and what was stored.
class ChangedRows {
  public:
    void put(std::string_view table, const std::string& key, std::string value);
    // No row has this key in the store.
    void put_new(std::string_view table, const std::string& key, std::string value);
    void erase(std::string_view table, const std::string& key);
    void save(StateWriter& state);
    size_t size() const { return rows_.size(); }

  private:
    struct Row {
        std::optional<std::string> value;  // nothing: it is to be erased
        bool is_new = false;
    };
    std::map<std::pair<std::string, std::string>, Row> rows_;  // by table and key
};

// One alert that replaces many that waited too long.
Alert summary_of(const std::vector<QueuedAlert>& items, audit::Time now);

}  // namespace redshank
