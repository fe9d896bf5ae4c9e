#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "audit/event.h"
#include "core/state/state.h"

namespace redshank {

// Tells which event of a request is the first to say how it ended (see Observation::answers). Long-running
// requests (watch, exec, attach, port-forward, proxy, log) have two such events, minutes apart. A request is
// known by (auditID, user, verb, URI, requestReceivedTimestamp): the audit ID alone is chosen by the client.
class RequestTracker {
  public:
    // At most this many open long-running requests are remembered; the oldest go first and are counted.
    static constexpr size_t kMaxOpen = 100'000;

    bool answers(const audit::Event& event);
    uint64_t evictions() const { return evictions_; }

    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    using Key = uint64_t;
    static Key key_of(const audit::Event& event);
    void evict_oldest();

    std::unordered_map<Key, audit::Time>
        open_;                  // ResponseStarted seen, ResponseComplete not yet; when received
    std::vector<Key> changed_;  // since the last save()
    uint64_t evictions_ = 0;
};

}  // namespace redshank
