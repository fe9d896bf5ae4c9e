#include "detectors/crd/cusum.h"

#include <algorithm>
#include <cmath>

namespace redshank::crd {

namespace {

constexpr double kClip = 1.5, kAlarm = 9;
constexpr double kHalfLifeMinutes = 3.5 * 24 * 60;

int64_t minute_of(audit::Time time) {
    return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
}

}  // namespace

void Cusum::add(audit::Time now, bool is_bad, double budget) {
    advance(now, budget);
    minute = minute_of(now);
    ++all;
    bad += is_bad ? 1 : 0;
}

audit::Time Cusum::end() const {
    return all > 0 ? audit::Time{std::chrono::minutes{minute + 1}} : audit::Time::max();
}

bool Cusum::advance(audit::Time now, double budget) {
    if (now < end()) return false;
    const double normal = std::clamp(usual_share(), budget, 0.25);
    const double raised = std::min(0.5, 5 * normal);
    const auto good_count = static_cast<double>(all - bad), bad_count = static_cast<double>(bad);
    const double score =
        bad_count * std::log(raised / normal) + good_count * std::log((1 - raised) / (1 - normal));
    sum = std::max(0.0, sum + std::clamp(score, -kClip, kClip));

    const bool was = alarm;
    if (sum >= kAlarm) alarm = true;
    if (sum == 0) alarm = false;
    if (alarm) sum = std::min(sum, 2 * kAlarm);  // so that it also ends
    // Unusual minutes are not learnt as usual.
    if (!alarm && sum < kAlarm / 2) {
        const double keep = std::exp2(-static_cast<double>(minute - decayed) / kHalfLifeMinutes);
        usual_all = usual_all * keep + good_count + bad_count;
        usual_bad = usual_bad * keep + bad_count;
        decayed = minute;
    }
    all = bad = 0;
    return alarm != was;
}

}  // namespace redshank::crd
