// Hours, in the microseconds since 1970 in which rows of the state keep times.
#pragma once

#include <cstdint>

namespace redshank {

inline constexpr int64_t kMinute = 60'000'000, kHour = 60 * kMinute, kDay = 24 * kHour;

// When the hour began.
constexpr int64_t hour_of(int64_t micros) {
    return micros - micros % kHour;
}

}  // namespace redshank
