// Which scores become findings: those that were rarer here so far than the budget of findings a day allows.
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

// At most twice the budget a day, whatever the scores say.
class TokenBucket {
  public:
    TokenBucket() = default;
    explicit TokenBucket(double per_day) : per_day_(per_day), tokens_(2 * per_day) {}
    bool take(audit::Time now);

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("tokens", exact(tokens_));
        v.must("last", micros(last_));
    }

  private:
    double per_day_ = 0, tokens_ = 0;
    audit::Time last_{};
};

}  // namespace redshank::access
