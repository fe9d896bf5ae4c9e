#pragma once

#include <deque>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "exporters/alert_sink.h"

namespace redshank {

// A notification on its way.
struct QueuedAlert {
    uint64_t sequence = 0;  // over all receivers; the key in the store
    Alert alert;
    uint32_t attempts = 0;
    audit::Time not_before{};  // of the next attempt
    bool alone = false;        // was part of a batch that was refused: goes by itself now
};

// What waits for one receiver, with its limiter, its retry clock and its breaker. Knows no clock and no
// socket: the time is given, and one message at a time is under way. Order: as added, but never two messages
// of one alert out of order.
class ReceiverQueue {
  public:
    struct Settings {
        double per_second = 10, burst = 10;
        size_t batch = 1;
        size_t limit = 1000;  // waiting; beyond, see shrink()
        audit::Duration give_up_after = std::chrono::hours{72};
    };
    // Waits between attempts: random between half and all of 1 s, 2 s, 4 s … 5 min.
    static constexpr audit::Duration kFirstWait = std::chrono::seconds{1};
    static constexpr audit::Duration kLongestWait = std::chrono::minutes{5};
    // So many failures in a row, without one delivery, open the breaker; then one message at a time probes.
    static constexpr uint32_t kBreakerAfter = 5;

    ReceiverQueue(Settings settings, uint64_t seed);

    void configure(Settings settings) { settings_ = settings; }

    // A firing message replaces one of the same alert that waits, because it says all that the older one
    // said; returns the one replaced (sequence), 0 otherwise.
    uint64_t add(QueuedAlert item);

    // What to send now, nothing while a message is under way, the limiter or the retry clock say wait. The
    // items stay in the queue until settle().
    std::vector<QueuedAlert> next(audit::Time now);

    struct Settled {
        std::vector<QueuedAlert> delivered, dead, retried;
    };
    // The answer to the last next().
    Settled settle(const Verdict& verdict, audit::Time now);

    // When next() may have something; Time::max() when nothing waits or a message is under way.
    audit::Time due(audit::Time now) const;

    // When over the limit: takes out the oldest of the lowest severity until half of the limit is free, to be
    // summarised. Usually empty.
    std::vector<QueuedAlert> shrink();

    // Empties it. What is under way is settled as if it had never been.
    std::vector<QueuedAlert> take_all();

    size_t size() const { return items_.size(); }
    bool under_way() const { return under_way_ > 0; }
    bool breaker_open() const { return failures_ >= kBreakerAfter; }
    audit::Time oldest() const;  // Time{} when empty

  private:
    void refill(audit::Time now);
    audit::Duration backoff(uint32_t failures);

    Settings settings_;
    std::mt19937_64 random_;
    std::deque<QueuedAlert> items_;
    std::vector<uint64_t> sent_;  // sequences under way
    size_t under_way_ = 0;
    double tokens_;
    audit::Time refilled_{};
    uint32_t failures_ = 0;     // in a row
    audit::Time not_before_{};  // of the receiver as a whole
};

}  // namespace redshank
