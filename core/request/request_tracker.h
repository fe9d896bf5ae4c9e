#pragma once

#include <array>
#include <cstdint>

#include "audit/event.h"
#include "core/state/bounded_table.h"

namespace redshank {

// The time at which the request was received.
struct OpenRequest : ClockRow {};
inline audit::Time worth(const OpenRequest& row) {
    return row.time;
}

// Finds the event of a request that first tells its outcome (see Observation::answers). Long-running requests
// (watch, exec, attach, port-forward, proxy, log) have two such events, minutes apart. The key is (auditID,
// user, verb, URI, requestReceivedTimestamp), because the audit ID alone is chosen by the client.
class RequestTracker {
  public:
    // At most this many open long-running requests are remembered; beyond, the oldest are evicted and
    // counted.
    static constexpr size_t kMaxOpen = 100'000;

    bool answers(const audit::Event& event);
    uint64_t evictions() const { return open_.evictions(); }

    void load(const StateReader& state);
    void save(StateWriter& state) { open_.save(state); }

  private:
    static uint64_t key_of(const audit::Event& event);
    uint32_t& received_at(audit::Time time) {
        return received_[(static_cast<uint64_t>(time.time_since_epoch().count()) * 0x9e3779b97f4a7c15) >> 52];
    }

    // Requests with a ResponseStarted and no ResponseComplete yet.
    BoundedTable<OpenRequest, HashedNumber> open_{"requests.open", kMaxOpen};
    // How many of them were received at the times that share a place. Most requests end at once, and at their
    // time none is open: the 400 instructions for a key are for the others.
    std::array<uint32_t, 4096> received_{};
};

}  // namespace redshank
