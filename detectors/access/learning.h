#pragma once

#include <algorithm>

#include "core/state/describe.h"

namespace redshank::access {

// Nothing is reported during a period of event time, and until enough novelties were seen to know what is
// usual. In a quiet cluster this ends after three periods at the latest.
class Learning {
  public:
    Learning() = default;
    Learning(audit::Duration period, int64_t candidates) : period_(period), wanted_(candidates) {}

    void see(audit::Time now) {
        if (start_ == audit::Time{}) start_ = now;
        now_ = std::max(now_, now);
    }
    void count_candidate() { candidates_ = std::min(candidates_ + 1, wanted_); }

    bool is_on(audit::Time now) const {
        return now - start_ < period_ || (candidates_ < wanted_ && now - start_ < 3 * period_);
    }
    bool is_half_over(audit::Time now) const { return now - start_ >= period_ / 2; }

    // 0 to 1.
    double progress() const {
        if (start_ == audit::Time{}) return 0;
        if (!is_on(now_)) return 1;
        const double passed = static_cast<double>((now_ - start_).count());
        const double part =
            std::min(1.0, passed / static_cast<double>(std::max<int64_t>(1, period_.count())));
        const double seen =
            static_cast<double>(candidates_) / static_cast<double>(std::max<int64_t>(1, wanted_));
        return std::min({part, std::max(seen, part / 3), 0.99});
    }

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("start", micros(start_));
        v.must("now", micros(now_));
        v.must("candidates", candidates_);
    }

  private:
    audit::Duration period_{};
    int64_t wanted_ = 0;
    audit::Time start_{}, now_{};
    int64_t candidates_ = 0;
};

}  // namespace redshank::access
