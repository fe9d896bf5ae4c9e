// The hours in which a person works, as off-hours keeps them and the page about a person shows them.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/state/bounded_table.h"

namespace redshank::access {

inline constexpr std::string_view kClocks = "unusual_access.clocks";  // cluster, user

// UTC. `first` and `last` are microseconds since 1970, `days` those on which anything was done, `hours` bits.
struct Clock {
    int64_t first = 0, last = 0, days = 0, hours = 0;

    static constexpr int64_t bit(int64_t hour, bool is_weekend) {
        return int64_t{1} << (hour + (is_weekend ? 24 : 0));
    }
};
template <class V>
void describe(V& v, Clock& row) {
    v.as_array();
    v.must("first", row.first);
    v.must("last", row.last);
    v.must("days", row.days);
    v.must("hours", row.hours);
}
inline auto worth(const Clock& row) {
    return std::pair(row.days >= 3, row.last);
}

}  // namespace redshank::access
