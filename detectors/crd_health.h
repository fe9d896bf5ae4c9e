#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detectors/detector.h"

namespace redshank {

// [detectors.crd_health]
struct CrdHealthConfig {
    bool enabled = true;
    double objective = 0.99;             // share of valid requests that must not fail
    std::vector<std::string> resources;  // more custom resources, "widgets.example.com"
};

std::unique_ptr<Detector> make_crd_health(const CrdHealthConfig& config);

}  // namespace redshank
