// Gate and weigh: is this sensitive action new for this actor here, and how surprising is that?
#pragma once

#include <optional>

#include "detectors/access/config.h"
#include "detectors/access/habit.h"
#include "detectors/access/hit.h"
#include "detectors/access/look.h"

namespace redshank::access {

struct Candidate {
    double bits = 0;  // log2 of how much likelier an intruder does this than this actor
    std::string key;  // the same thing again
    Hit hit;          // but for the severity
};

class Novelty {
  public:
    // `config` must outlive this.
    explicit Novelty(const Config& config);

    // Something new and sensitive, weighed; nothing when it is habitual or harmless. Does not learn.
    std::optional<Candidate> judge(const Look& look) const;

    // The request becomes part of the habits, unless it was told within the quarantine.
    void learn(const Look& look);
    // What was told: not learnt for a while; when it recurs after that, it is a habit after all.
    enum class Told : uint8_t { Never, Lately, Recurs };
    void quarantine(const Candidate& candidate, audit::Time now);
    Told told(const Candidate& candidate, audit::Time now) const;

    size_t cells() const { return habits_.cells(); }
    uint64_t evictions() const { return habits_.evictions() + told_.evictions() + namespaces_.evictions(); }
    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    struct Questions;
    Questions questions(const Look& look) const;
    void explain(const Look& look, const Questions& ask, std::string_view context, std::string_view value,
                 double bits, std::string_view name, const std::string& what, bool young, Hit& hit) const;

    const Config& config_;
    HabitModel habits_;
    BoundedTable<HabitCell> told_;        // candidate key → when it was first told
    BoundedTable<HabitCell> namespaces_;  // cluster, name → when it was created
};

}  // namespace redshank::access
