#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "daemon/delivery/turns.h"
#include "exporters/alert_sink.h"

namespace redshank {

// The alerts that wait for one receiver, with its limiter, its retry clock and its breaker. It has no clock
// and no socket: the caller passes the time, and one message at a time is in transit.
//
// Order: alerts that were never tried before those that failed, then by severity, then by turn (Turns: the
// owners of the actors alternate), then by age; but never two
// messages of one alert out of order, but where each is about a finding of its own
// (Settings::tells_findings): there one that failed lets those about other findings pass. So neither a
// message that the receiver cannot process nor any number of less severe ones block others: while the
// receiver answers, a new critical one is tried within kUrgentPause of the one before it. The cost of each
// step is logarithmic in the number of waiting alerts, and at most kMostAside messages of one alert are
// looked at.
class ReceiverQueue {
  public:
    struct Settings {
        double per_second = 10, burst = 10;
        size_t batch = 1;
        size_t limit = 1000;  // waiting; beyond, see shrink()
        audit::Duration give_up_after = std::chrono::hours{72};
        // One by one: a message about one finding neither replaces nor holds up another's.
        bool tells_findings = false;
    };
    // Waits between attempts: random between half and all of 1 s, 2 s, 4 s … 5 min.
    static constexpr audit::Duration kFirstWait = std::chrono::seconds{1};
    static constexpr audit::Duration kLongestWait = std::chrono::minutes{5};
    // The longest that one failure holds up other messages when the receiver answered: it is there, and the
    // next may fit.
    static constexpr audit::Duration kLongestPause = std::chrono::seconds{10};
    // The same for critical messages that were never tried: those before them may be made to fail, with
    // whatever pause beyond kLongestPause the receiver asks for. They wait for kLongestPause at most when it
    // asks for one again and again.
    static constexpr audit::Duration kUrgentPause = std::chrono::seconds{1};
    // So many failures in a row, without one delivery, open the breaker; then one message at a time probes.
    static constexpr uint32_t kBreakerAfter = 5;
    // So many messages of one alert are tried beside each other when they fail.
    static constexpr size_t kMostAside = 64;

    ReceiverQueue(Settings settings, uint64_t seed);

    // Other settings, perhaps with the key that the receiver wants: as try_again().
    void configure(Settings settings);
    // Everything that waits may be tried at once.
    void try_again();

    // A firing message replaces one of the same alert that waits, because it says all that the older one
    // said: an opening then tells the whole incident. Returns the one replaced (sequence), 0 otherwise. That
    // an incident has escalated and that it has eased are told both.
    uint64_t add(QueuedAlert item);

    // The alerts to send now; none while a message is in transit, or the limiter or retry clock says to wait.
    // They stay in the queue until settle().
    std::vector<QueuedAlert> next(audit::Time now);

    struct Settled {
        std::vector<QueuedAlert> delivered, dead, retried;
    };
    // Takes the receiver's answer to the last next().
    Settled settle(const Verdict& verdict, audit::Time now);

    // When next() may return something; Time::max() when nothing waits or a message is in transit.
    audit::Time due(audit::Time now) const;

    // Over the limit, takes out alerts until half of the limit is free, to be summarised: those of the lowest
    // severity first; of one severity, of the owners with the most, so that nobody's noise takes another's
    // place; of one owner, and of owners with as many, the oldest. What is under way stays. Usually empty.
    std::vector<QueuedAlert> shrink();

    // Empties the queue. A message in transit is settled as if it had never been queued.
    std::vector<QueuedAlert> take_all();

    size_t size() const { return items_.size(); }
    bool under_way() const { return !sent_.empty(); }
    bool breaker_open() const { return failures_ >= kBreakerAfter; }
    audit::Time oldest() const;  // Time{} when empty

  private:
    using Position = uint64_t;
    // Failed before; severity, the highest first; turn; position.
    using Rank = std::tuple<bool, int, uint64_t, Position>;

    static Rank rank_of(const QueuedAlert& item, Position position);
    static bool is_urgent(const QueuedAlert& item);
    audit::Time opens() const;  // when the receiver may be tried again
    bool is_sent(Position position) const;
    // Those of one alert that may be sent from their time on.
    void line_up(const std::set<Position>& line);
    void step_back(Position position);    // removes it from waiting_ and ready_
    QueuedAlert take(Position position);  // removes it; the next of its alert lines up
    void replace(QueuedAlert& waits, QueuedAlert comes);
    void refill(audit::Time now);
    audit::Duration backoff(uint32_t failures);

    Settings settings_;
    std::mt19937_64 random_;
    std::map<Position, QueuedAlert> items_;
    Turns turns_;
    std::unordered_map<std::string, std::set<Position>> by_alert_;
    // What line_up() lets go, unless it is in transit, is in one of these two: what was never tried is ready.
    std::set<std::pair<audit::Time, Position>> waiting_;  // by not_before
    std::set<Rank> ready_;
    std::vector<Position> sent_;  // in transit
    Position last_ = 0;
    double tokens_;
    audit::Time refilled_{};
    uint32_t failures_ = 0;                           // in a row
    audit::Time not_before_{}, urgent_not_before_{};  // of the receiver as a whole
    audit::Time accepted_{};                          // when it last accepted a message
};

}  // namespace redshank
