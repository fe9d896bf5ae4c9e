#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detectors/crd/slo.h"
#include "detectors/detector.h"

namespace redshank::crd {

// [[detectors.crd_health.override]]: what is left out stays as in the table above it.
struct Override {
    std::vector<std::string> resources;  // globs over "widgets.example.com"; the first override that matches
    std::optional<double> objective;
    std::optional<int64_t> min_failures;
    std::optional<audit::Duration> grace, slow;
    std::vector<std::string> spend;
    std::vector<BurnWindow> burn;
};

// [detectors.crd_health]
struct Config {
    bool enabled = true;
    double objective = 0.99;             // share of valid requests that must not fail
    std::vector<std::string> resources;  // more custom resources, "widgets.example.com"
    int64_t min_failures = 5;            // for a page; see docs/crd-health.md for what needs fewer
    std::vector<std::string> spend;      // outcome classes that spend the budget; empty: the faults
    audit::Duration grace = std::chrono::minutes{10};  // to become ready after a CRD was created
    audit::Duration slow = std::chrono::seconds{1};    // a request that takes longer is slow
    std::vector<BurnWindow> burn = default_burn_windows();
    std::vector<Override> overrides;
};

std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::crd
