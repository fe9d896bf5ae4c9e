#pragma once

#include <algorithm>
#include <chrono>

#include "audit/time.h"

namespace redshank {

// The host's clock. Detectors must not use it: they know event time only.
inline audit::Time wall_clock() {
    return std::chrono::floor<audit::Duration>(std::chrono::system_clock::now());
}

// A clock for waiting that never goes back and never stops. When NTP steps the host's clock back, this one
// runs at 7/8 of its pace until the host's has caught up; when the host's clock steps forward, it follows at
// once. One thread.
class WaitClock {
  public:
    using Steady = std::chrono::steady_clock::time_point;

    audit::Time now() { return at(wall_clock(), std::chrono::steady_clock::now()); }

    // The same, with both clocks given.
    audit::Time at(audit::Time wall, Steady steady) {
        const auto passed = std::chrono::floor<audit::Duration>(steady - steady_);
        const bool is_first = steady_ == Steady{};
        steady_ = steady;
        now_ = is_first ? wall : std::max(wall, now_ + passed - passed / 8);
        return now_;
    }

  private:
    audit::Time now_{};
    Steady steady_{};
};

}  // namespace redshank
