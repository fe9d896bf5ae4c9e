// Which scores become findings: those that were rarer here so far than the budget of findings a day allows.
#pragma once

#include <array>
#include <string>

#include "audit/time.h"
#include "core/state/state.h"

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

    std::string write() const;
    static ScoreHistory read(std::string_view text);

  private:
    static constexpr size_t kBins = 256;
    double faded(audit::Time now) const;  // what a count of one at last_ is worth now
    double days_observed(audit::Time now) const;

    std::array<double, kBins> bins_{};
    audit::Time start_{}, last_{};
};

// At most twice the budget a day, whatever the scores say.
class TokenBucket {
  public:
    explicit TokenBucket(double per_day) : per_day_(per_day), tokens_(2 * per_day) {}
    bool take(audit::Time now);

    std::string write() const;
    void read(std::string_view text);

  private:
    const double per_day_;
    double tokens_;
    audit::Time last_{};
};

}  // namespace redshank::access
