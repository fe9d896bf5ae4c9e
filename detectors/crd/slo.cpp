#include "detectors/crd/slo.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "detectors/crd/resource.h"

namespace redshank::crd {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A burn rate of 14.4 with an objective of 90 % would ask for more failures than there are requests.
constexpr double kHighestShare = 0.5;
// One client that repeats one request counts only after so long.
constexpr audit::Duration kPatience = minutes{10};
constexpr uint64_t kManyFailures = 20;
constexpr audit::Duration kSlowBurn = hours{1};
constexpr audit::Duration kFewMinutes = minutes{5};

// The least number of failures that counts. Where chance is excluded, four fifths are enough.
uint64_t least_failures(const BurnWindow& window, const Settings& settings) {
    return window.level == Level::Degraded ? settings.min_failures - settings.min_failures / 5
                                           : settings.min_failures;
}

bool burns(const Track& track, const Resource& resource, audit::Time now, const BurnWindow& window,
           const Settings& settings, Judgement& out) {
    const double threshold = std::min(kHighestShare, window.rate * settings.budget());
    for (const audit::Duration span : {window.short_window, window.long_window}) {
        out.bad = track.bad.sum(now, span);
        out.valid = resource.valid_beside(track, now, span);
        out.window = span;
        const auto bad = static_cast<double>(out.bad);
        // A ticket says that the budget is overspent, so chance alone must not explain it.
        const double by_chance = window.level == Level::Degraded ? std::sqrt(bad) : 0;
        if (out.bad == 0 || bad - by_chance < threshold * static_cast<double>(out.valid)) return false;
    }
    return out.bad >= least_failures(window, settings);
}

std::string short_duration(audit::Duration span) {
    if (span % hours{24} == audit::Duration{}) return fmt::format("{}d", span / hours{24});
    if (span % hours{1} == audit::Duration{}) return fmt::format("{}h", span / hours{1});
    return fmt::format("{}m", span / minutes{1});
}

}  // namespace

std::string_view to_string(Level level) {
    constexpr std::string_view kWords[] = {"healthy", "degraded", "failing"};
    return kWords[static_cast<size_t>(level)];
}

std::vector<BurnWindow> default_burn_windows() {
    return {{hours{1}, minutes{5}, 14.4, Level::Failing},
            {hours{6}, minutes{30}, 6, Level::Failing},
            {hours{72}, hours{6}, 1, Level::Degraded}};
}

Judgement judge(const Track& track, const Resource& resource, audit::Time now, const Settings& settings) {
    // Few requests: nothing of this kind has succeeded since. The longer that lasts, the fewer are enough.
    const audit::Duration failing_for = now - track.run_start;
    const Judgement everything{Level::Failing, "everything-fails", track.run, track.run, failing_for};
    if (track.run >= settings.min_failures &&
        ((track.is_broad_run() && failing_for >= minutes{1}) || failing_for >= kPatience)) {
        return everything;
    }
    if (track.run >= (settings.min_failures + 1) / 2 && track.is_broad_run() && failing_for >= kFewMinutes) {
        return everything;
    }
    Judgement best;
    const bool lasts = now - track.first.time >= kPatience;
    const bool is_believed = track.is_broad() || (track.count >= kManyFailures && lasts);
    if (!is_believed) return best;
    for (const BurnWindow& window : settings.burn) {
        Judgement found;
        // The windows of days are about what goes on for hours, and a window that is hardly begun is none.
        if (window.level == Level::Degraded &&
            (now - track.first.time < kSlowBurn || now - resource.first_seen < window.long_window / 3)) {
            continue;
        }
        if (window.level <= best.level || !burns(track, resource, now, window, settings, found)) continue;
        found.level = window.level;
        found.rule = fmt::format("burn-rate-{}-over-{}", window.rate, short_duration(window.long_window));
        best = std::move(found);
    }
    if (best.level == Level::Failing) return best;
    // So many in so short a time that it is worth a look before the windows above are sure.
    Judgement fast;
    const BurnWindow last{minutes{2}, minutes{2}, 14.4};
    if (track.is_broad_run() && track.run >= settings.min_failures &&
        burns(track, resource, now, last, settings, fast)) {
        fast.level = Level::Degraded;
        fast.rule = "many-at-once";
        return fast;
    }
    return best;
}

bool is_healthy(const Track& track, const Resource& resource, audit::Time now, const Settings& settings) {
    constexpr uint64_t kGoodInARow = 3, kValid = 20;
    constexpr audit::Duration kCalm = minutes{5};
    if (track.good_since >= kGoodInARow && now - track.last >= kCalm) return true;
    const uint64_t all = resource.valid_beside(track, now, kCalm);
    return all >= kValid && track.good_since > 0 &&
           static_cast<double>(track.bad.sum(now, kCalm)) < 2 * settings.budget() * static_cast<double>(all);
}

double budget_left(uint64_t bad, uint64_t valid, const Settings& settings) {
    if (valid == 0 || bad == 0) return 1;
    return 1 - static_cast<double>(bad) / (settings.budget() * static_cast<double>(valid));
}

}  // namespace redshank::crd
