// Hours, in the microseconds since 1970 in which rows of the state keep times.
#pragma once

#include <cstdint>

namespace redshank {

inline constexpr int64_t kHour = 3'600'000'000;

// When the hour began.
constexpr int64_t hour_of(int64_t micros) {
    return micros - micros % kHour;
}

}  // namespace redshank
