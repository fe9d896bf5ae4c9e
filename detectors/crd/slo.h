// When failing requests are worth a finding. Multi-window burn rates as in the SRE Workbook, chapter 5, with
// minimum counts; "everything fails" for resources with few requests; and a quick look at the last two
// minutes.
#pragma once

#include <string>
#include <vector>

#include "detectors/crd/track.h"

namespace redshank::crd {

struct Resource;

enum class Level : uint8_t { None, Degraded, Failing };
std::string_view to_string(Level level);

// Fires while the budget burns at `rate` times what the objective allows over both windows.
struct BurnWindow {
    audit::Duration long_window, short_window;
    double rate;
    Level level = Level::Failing;
};
std::vector<BurnWindow> default_burn_windows();

struct SloSettings {
    double objective = 0.99;
    uint64_t min_failures = 5;
    std::vector<BurnWindow> burn = default_burn_windows();

    double budget() const { return 1 - objective; }  // share of requests that may fail
};

struct Judgement {
    Level level = Level::None;
    std::string rule;             // "everything-fails", "burn-1h-14.4", "fast", …
    uint64_t bad = 0, valid = 0;  // in `window`
    audit::Duration window{};
};

// Of one class of failures of one resource, now.
Judgement judge(const Track& track, const Resource& resource, audit::Time now, const SloSettings& settings);

// Whether requests like the failing ones succeed again.
bool is_healthy(const Track& track, const Resource& resource, audit::Time now, const SloSettings& settings);

// Share of the error budget of the last three days that is left: 1 untouched, 0 used up, below: overspent.
double budget_left(uint64_t bad, uint64_t valid, const SloSettings& settings);

}  // namespace redshank::crd
