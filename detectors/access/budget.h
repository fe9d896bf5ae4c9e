// Decides which scores become findings: those that were rarer so far than the daily budget of findings
// allows, the strongest of a day first.
#pragma once

#include <array>
#include <vector>

#include "core/state/describe.h"

namespace redshank::access {

// Scores of candidates in the past: quarter-bit bins, halved every two weeks.
class ScoreHistory {
  public:
    void add(double score, audit::Time now);
    // The number of scores of at least this size a day, over the time observed. Above the largest score seen
    // it is extrapolated by an exponential tail from the mean excess over the upper twentieth (SPOT with
    // gamma 0).
    double rate_per_day(double score, audit::Time now) const;
    void start(audit::Time now);
    bool started() const { return start_ != audit::Time{}; }

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("start", micros(start_));
        v.must("last", micros(last_));
        std::vector<Bin> bins = filled();
        v.rest("bin", bins);
        for (const Bin& bin : bins) bins_[bin.at] = bin.weight;
    }

  private:
    static constexpr size_t kBins = 256;
    struct Bin {  // the form in the row
        uint8_t at = 0;
        double weight = 0;
        template <class V>
        void describe(V& v) {
            v.as_array();
            v.must("at", at);
            v.must("weight", exact(weight));
        }
    };
    std::vector<Bin> filled() const;
    double faded(audit::Time now) const;  // the present weight of a count of one at last_
    double days_observed(audit::Time now) const;

    std::array<double, kBins> bins_{};
    audit::Time start_{}, last_{};
};

// The findings at medium of one class of actors in the last day, so that one class cannot spend the budget of
// another. The strongest are reported, not the first: when all places are taken, a score that exceeds the
// weakest by kStronger replaces it and is reported as well, so at most (14 − min_bits) / kStronger scores can
// follow each other in one place.
class Share {
  public:
    static constexpr double kStronger = 0.5;  // bits

    Share() = default;
    // Twice the daily average, so that a bad day is not cut short; at least one.
    explicit Share(double per_day);
    bool take(double bits, audit::Time now);
    size_t told(audit::Time now) const;  // in the last day

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.rest("told", told_);
    }

  private:
    struct Told {
        double bits = 0;
        audit::Time time{};
        template <class V>
        void describe(V& v) {
            v.as_array();
            v.must("bits", exact(bits));
            v.must("time", micros(time));
        }
    };
    size_t places_ = 0;
    std::vector<Told> told_;
};

}  // namespace redshank::access
