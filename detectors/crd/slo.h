// Decides when failing requests deserve a finding: multi-window burn rates as in the SRE Workbook, chapter 5,
// with minimum counts; "everything fails" for resources with few requests; and a fast check of the last two
// minutes.
#pragma once

#include <string>
#include <vector>

#include "detectors/crd/config.h"
#include "detectors/crd/track.h"

namespace redshank::crd {

struct Resource;

struct Judgement {
    Level level = Level::None;
    std::string rule;             // "everything-fails", "burn-1h-14.4", "fast", …
    uint64_t bad = 0, valid = 0;  // in `window`
    audit::Duration window{};
};

// Judges one class of failures of one resource now.
Judgement judge(const Track& track, const Resource& resource, audit::Time now, const Settings& settings);

// Whether requests like the failing ones succeed again.
bool is_healthy(const Track& track, const Resource& resource, audit::Time now, const Settings& settings);

// The share of the last three days' error budget that is left: 1 unused, 0 used up, negative: overspent.
double budget_left(uint64_t bad, uint64_t valid, const Settings& settings);

}  // namespace redshank::crd
