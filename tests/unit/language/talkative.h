#pragma once

#include <chrono>

#include "detectors/access/config.h"
#include "detectors/engine.h"

namespace redshank::test {

// The detectors as a configuration without a word would run them; unusual_access learns for an hour only, so
// that it speaks about short logs.
inline DetectorConfig talkative() {
    DetectorConfig config;
    auto& access = config.of<access::Config>();
    access.learning = std::chrono::hours{1};
    access.budget_per_day = 1000;
    access.min_bits = 0;
    return config;
}

}  // namespace redshank::test
