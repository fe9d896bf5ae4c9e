#include "detectors/access/budget.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace redshank::access {

namespace {

constexpr double kHalfLifeDays = 14;
constexpr double kBitsPerBin = 0.25;

double days(audit::Duration duration) {
    return std::chrono::duration<double, std::ratio<86400>>(duration).count();
}

// Exact over write and read.
std::string exact(double number) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", number);
    return text;
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

std::string ScoreHistory::write() const {
    std::string out = "[" + std::to_string(start_.time_since_epoch().count()) + "," +
                      std::to_string(last_.time_since_epoch().count());
    for (size_t i = 0; i < kBins; ++i) {
        if (bins_[i] != 0) out += ",[" + std::to_string(i) + "," + exact(bins_[i]) + "]";
    }
    return out + "]";
}

ScoreHistory ScoreHistory::read(std::string_view view) {
    ScoreHistory history;
    const std::string text(view);
    const char* at = text.c_str();
    const auto number = [&at]() {
        at += std::string_view(at).find_first_of("-0123456789") == std::string_view::npos
                  ? std::string_view(at).size()
                  : std::string_view(at).find_first_of("-0123456789");
        char* end = nullptr;
        const double value = std::strtod(at, &end);
        at = end;
        return value;
    };
    const auto whole = [&at]() {
        at += std::min(std::string_view(at).find_first_of("-0123456789"), std::string_view(at).size());
        char* end = nullptr;
        const long long value = std::strtoll(at, &end, 10);
        at = end;
        return value;
    };
    history.start_ = audit::Time{audit::Duration{whole()}};
    history.last_ = audit::Time{audit::Duration{whole()}};
    while (std::string_view(at).find('[') != std::string_view::npos) {
        const auto bin = static_cast<size_t>(whole());
        const double value = number();
        if (bin < kBins) history.bins_[bin] = value;
    }
    return history;
}

bool TokenBucket::take(audit::Time now) {
    if (last_ != audit::Time{} && now > last_) {
        tokens_ = std::min(2 * per_day_, tokens_ + 2 * per_day_ * days(now - last_));
    }
    last_ = std::max(last_, now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

std::string TokenBucket::write() const {
    return "[" + exact(tokens_) + "," + std::to_string(last_.time_since_epoch().count()) + "]";
}

void TokenBucket::read(std::string_view view) {
    const std::string text(view);
    char* end = nullptr;
    tokens_ = std::strtod(text.c_str() + (text.empty() ? 0 : 1), &end);
    if (*end == ',') last_ = audit::Time{audit::Duration{std::strtoll(end + 1, nullptr, 10)}};
}

}  // namespace redshank::access
