// Decides which novelties become findings. The budget limits only what the model reports at medium; high
// scores are always reported. docs/unusual-access.md states what that guarantees.
#pragma once

#include <array>
#include <string_view>

#include "core/metric/metric_writer.h"
#include "detectors/access/budget.h"
#include "detectors/access/config.h"
#include "detectors/access/crowd.h"
#include "detectors/access/digest.h"
#include "detectors/access/held_back.h"
#include "detectors/access/novelty.h"
#include "detectors/access/story.h"

namespace redshank::access {

inline constexpr std::string_view kModel = "unusual_access.model";  // a table of the state

class Spending {
  public:
    explicit Spending(const Config& config);

    // Called in the second half of learning: records such scores as usual here.
    void learn(const Look& look, const Candidate& candidate);
    // Reports the hit, or adds it to the digest. It is then learnt, unless it was reported or held back.
    void decide(const Look& look, Candidate& candidate, Novelty& novelty, Story& story,
                FindingBook& findings);
    void count_candidate(const Look& look) { ++candidates_[share_of(look)]; }

    void load(const StateReader& state);
    void save(StateWriter& state);
    // `now` is the time of the newest event.
    void measure(MetricWriter& metrics, audit::Time now) const;

  private:
    static size_t share_of(const Look& look);
    void describe_score(Candidate& candidate, double per_day, double raised) const;
    void hold_back(const Look& look, Candidate& candidate, size_t share, FindingBook& findings);

    const double per_day_, min_bits_;
    std::array<ScoreHistory, 3> history_;
    std::array<Share, 3> shares_;
    HeldBack held_;
    Crowd crowds_;
    Digest digest_;
    std::array<uint64_t, 3> candidates_{}, told_{}, digested_{}, held_count_{};
};

}  // namespace redshank::access
