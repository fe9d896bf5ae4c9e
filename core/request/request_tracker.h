#pragma once

#include <cstdint>

#include "audit/event.h"
#include "core/state/bounded_table.h"

namespace redshank {

// When it was received.
struct OpenRequest : ClockRow {};
inline audit::Time worth(const OpenRequest& row) {
    return row.time;
}

// Tells which event of a request is the first to say how it ended (see Observation::answers). Long-running
// requests (watch, exec, attach, port-forward, proxy, log) have two such events, minutes apart. A request is
// known by (auditID, user, verb, URI, requestReceivedTimestamp): the audit ID alone is chosen by the client.
class RequestTracker {
  public:
    // At most this many open long-running requests are remembered; the oldest go first and are counted.
    static constexpr size_t kMaxOpen = 100'000;

    bool answers(const audit::Event& event);
    uint64_t evictions() const { return open_.evictions(); }

    void load(const StateReader& state) { open_.load(state); }
    void save(StateWriter& state) { open_.save(state); }

  private:
    static uint64_t key_of(const audit::Event& event);

    // ResponseStarted seen, ResponseComplete not yet.
    BoundedTable<OpenRequest, HashedNumber> open_{"requests.open", kMaxOpen};
};

}  // namespace redshank
