#pragma once

#include <algorithm>
#include <chrono>

#include "audit/event.h"

namespace redshank {

// The times of one source's events, as far as they are plausible. A clock that is wrong for one event (an
// empty battery, before NTP) must not advance time by years, because learning, windows and last accesses
// depend on it.
class EventClock {
  public:
    static constexpr audit::Duration kFar = std::chrono::days{1};

    // An event more than a day ahead of the host's clock, and more than a day ahead of the newest before it,
    // gets the time of that one, and true is the answer. A source that is ahead from its first event on, or
    // comes to be slowly, is believed: then the host's clock is the wrong one.
    bool bound(audit::Event& event, audit::Time host) {
        const audit::Time newest = std::max(event.stage_time, event.received);
        const bool is_far = last_ != audit::Time{} && newest > host + kFar && newest > last_ + kFar;
        if (is_far) event.stage_time = event.received = last_;
        last_ = std::max(last_, event.stage_time);
        return is_far;
    }

  private:
    audit::Time last_{};
};

}  // namespace redshank
