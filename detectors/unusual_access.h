#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detectors/detector.h"

namespace redshank {

// [detectors.unusual_access]
struct UnusualAccessConfig {
    bool enabled = true;
    audit::Duration learning = std::chrono::days{3};
    double budget_per_day = 3;
};

std::unique_ptr<Detector> make_unusual_access(const UnusualAccessConfig& config);

}  // namespace redshank
