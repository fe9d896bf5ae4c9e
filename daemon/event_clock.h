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
    static constexpr int kMany = 1000;

    // An event more than a day ahead of the host's clock, and more than a day ahead of the newest before it,
    // gets the time of that one, or of the host when it is the first, and true is the answer. A source of
    // which the first thousand events are that far ahead, or that comes to be slowly, is believed: then the
    // host's clock is the wrong one.
    bool bound(audit::Event& event, audit::Time host) {
        const audit::Time newest = std::max(event.stage_time, event.received);
        const bool is_first = last_ == audit::Time{};
        const bool is_far = newest > host + kFar && newest > last_ + kFar && !(is_first && ahead_ >= kMany);
        if (is_far) {
            event.stage_time = event.received = is_first ? host : last_;
            ahead_ += is_first ? 1 : 0;
        } else {
            last_ = std::max(last_, event.stage_time);
        }
        return is_far;
    }

  private:
    audit::Time last_{};  // of what was believed
    int ahead_ = 0;       // events before the first that was believed
};

}  // namespace redshank
