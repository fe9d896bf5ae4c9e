// Which scores become findings: those that were rarer here so far than the budget of findings a day allows,
// the strongest of a day first.
#pragma once

#include <array>
#include <vector>

#include "core/state/describe.h"

namespace redshank::access {

// Scores of candidates in the past: quarter-bit bins, halved every two weeks.
class ScoreHistory {
  public:
    void add(double score, audit::Time now);
    // How many scores of at least this size a day brought, over the time observed. Above the largest score
    // seen: an exponential tail from the mean excess over the upper twentieth (SPOT with gamma 0).
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
    struct Bin {  // as the row has it
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
    double faded(audit::Time now) const;  // what a count of one at last_ is worth now
    double days_observed(audit::Time now) const;

    std::array<double, kBins> bins_{};
    audit::Time start_{}, last_{};
};

// What one class of actors is told a day at medium, and of that the last day: a class cannot spend what is
// another's. The strongest are told, not the first: when all places are taken, a score that is stronger than
// the weakest of them by kStronger takes its place and is told too, so at most (14 − min_bits) / kStronger
// scores can follow each other in one place.
class Share {
  public:
    static constexpr double kStronger = 0.5;  // bits

    Share() = default;
    // Twice what it is a day on average, so that a bad day is not cut short; at least one.
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
