#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detectors/crd/slo.h"
#include "detectors/detector.h"

namespace redshank {

// [[detectors.crd_health.override]]
struct CrdOverride {
    std::vector<std::string> resources;  // globs over "widgets.example.com"
    double objective = 0.99;
    std::vector<std::string>
        spend;  // outcome classes that spend the budget; empty: those of docs/crd-health.md
};

// [detectors.crd_health]
struct CrdHealthConfig {
    bool enabled = true;
    double objective = 0.99;                           // share of valid requests that must not fail
    std::vector<std::string> resources;                // more custom resources, "widgets.example.com"
    audit::Duration grace = std::chrono::minutes{10};  // after a CRD was created, and before it is known
    int64_t min_failures = 5;                          // fewer never make a finding
    audit::Duration slow = std::chrono::seconds{1};    // a request that takes longer is slow
    std::vector<crd::BurnWindow> burn = crd::default_burn_windows();
    std::vector<CrdOverride> overrides;
};

std::unique_ptr<Detector> make_crd_health(const CrdHealthConfig& config);

}  // namespace redshank
