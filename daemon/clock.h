#pragma once

#include <chrono>

#include "audit/time.h"

namespace redshank {

// Now, by the host's clock. Never for detectors, which know event time only.
inline audit::Time wall_clock() {
    return std::chrono::floor<audit::Duration>(std::chrono::system_clock::now());
}

}  // namespace redshank
