#include "detectors/access/budget.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace redshank::access {

namespace {

constexpr double kHalfLifeDays = 14;
constexpr double kBitsPerBin = 0.25;

double days(audit::Duration duration) {
    return std::chrono::duration<double, std::ratio<86400>>(duration).count();
}

size_t bin_of(double score, size_t bins) {
    return static_cast<size_t>(std::clamp(score / kBitsPerBin, 0.0, static_cast<double>(bins - 1)));
}

}  // namespace

void ScoreHistory::start(audit::Time now) {
    if (!started()) start_ = last_ = now;
}

double ScoreHistory::faded(audit::Time now) const {
    return std::exp2(-std::max(0.0, days(now - last_)) / kHalfLifeDays);
}

// The weight of the days so far under the same fading as the counts.
double ScoreHistory::days_observed(audit::Time now) const {
    const double age = std::max(1.0, days(now - start_));
    const double rate = std::log(2.0) / kHalfLifeDays;
    return (1 - std::exp(-rate * age)) / rate;
}

void ScoreHistory::add(double score, audit::Time now) {
    start(now);
    if (now > last_) {
        const double factor = faded(now);
        for (double& bin : bins_) bin *= factor;
        last_ = now;
    }
    bins_[bin_of(score, kBins)] += 1;
}

double ScoreHistory::rate_per_day(double score, audit::Time now) const {
    if (!started()) return 0;
    double total = 0;
    for (const double bin : bins_) total += bin;
    const size_t at = bin_of(score, kBins);
    double above = 0, largest = -1;
    for (size_t i = 0; i < kBins; ++i) {
        if (bins_[i] > 1e-9) largest = static_cast<double>(i) * kBitsPerBin;
        if (i >= at) above += bins_[i];
    }
    const double scale = faded(now) / days_observed(now);
    if (score <= largest || total < 1e-6) return above * scale;

    double upper = 0, excess = 0, threshold = 0;
    for (size_t i = kBins; i-- > 0;) {
        upper += bins_[i];
        if (upper >= total / 20) {
            threshold = static_cast<double>(i) * kBitsPerBin;
            break;
        }
    }
    for (size_t i = bin_of(threshold, kBins); i < kBins; ++i) {
        excess += bins_[i] * (static_cast<double>(i) * kBitsPerBin - threshold);
    }
    const double mean = std::max(kBitsPerBin, excess / upper);
    return upper * scale * std::exp(-(score - threshold) / mean);
}

std::vector<ScoreHistory::Bin> ScoreHistory::filled() const {
    std::vector<Bin> out;
    for (size_t i = 0; i < kBins; ++i) {
        if (bins_[i] != 0) out.push_back({static_cast<uint8_t>(i), bins_[i]});
    }
    return out;
}

Share::Share(double per_day) : places_(static_cast<size_t>(std::ceil(2 * per_day))) {}

bool Share::take(double bits, audit::Time now) {
    std::erase_if(told_, [now](const Told& one) { return now - one.time >= std::chrono::days{1}; });
    if (places_ == 0) return false;
    if (told_.size() >= places_) {
        std::vector<double> scores;
        for (const Told& one : told_) scores.push_back(one.bits);
        const auto weakest = scores.begin() + static_cast<std::ptrdiff_t>(places_ - 1);
        std::nth_element(scores.begin(), weakest, scores.end(), std::greater<>{});
        if (bits < *weakest + kStronger) return false;
    }
    told_.push_back({bits, now});
    return true;
}

size_t Share::told(audit::Time now) const {
    return static_cast<size_t>(std::count_if(told_.begin(), told_.end(), [now](const Told& one) {
        return now - one.time < std::chrono::days{1};
    }));
}

}  // namespace redshank::access
