// Different days on which something was seen; two of them are at least half a day apart, since midnight alone
// makes no other day.
#pragma once

#include <cstdint>

#include "audit/time.h"
#include "core/state/describe.h"

namespace redshank {

inline bool same_day(audit::Time a, audit::Time b) {
    return std::chrono::floor<std::chrono::days>(a) == std::chrono::floor<std::chrono::days>(b);
}

struct Days {
    audit::Time first{}, counted{};
    int64_t count = 0;

    // Whether see() would count it.
    bool is_another(audit::Time now) const {
        return count == 0 || (!same_day(counted, now) && now >= counted + std::chrono::hours{12});
    }
    void see(audit::Time now) {
        if (!is_another(now)) return;
        if (count == 0) first = now;
        ++count;
        counted = now;
    }
    // Not counting today.
    int64_t before_today(audit::Time now) const {
        return count - (count > 0 && same_day(counted, now) ? 1 : 0);
    }

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("first", micros(first));
        v.must("counted", micros(counted));
        v.must("count", count);
    }
};

// The base of a row that holds nothing else.
struct DaysRow {
    Days days;
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("days", days);
    }
};

}  // namespace redshank
