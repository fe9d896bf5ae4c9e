// Gate and weigh: is this sensitive action new for this actor here, and how surprising is that?
#pragma once

#include <optional>

#include "detectors/access/config.h"
#include "detectors/access/habit.h"
#include "detectors/access/hit.h"
#include "detectors/access/look.h"

namespace redshank::access {

struct Candidate {
    double bits = 0;          // log2 of how much likelier an intruder does this than this actor
    bool is_slight = false;   // it reaches too little for more than a low finding, however new it is
    bool is_in_role = false;  // a person's, through an old grant from where he is: no more than medium
    std::string key;          // the same thing again
    Hit hit;                  // but for the severity
};

class Novelty {
  public:
    // `config` must outlive this.
    explicit Novelty(const Config& config);

    // Something new and sensitive, weighed; nothing when it is habitual or harmless. Does not learn.
    std::optional<Candidate> judge(const Look& look) const;

    // A binding is written: grants through it are young.
    void note_binding(const Look& look);

    // A person tries a client, not for longer than two hours, from where he is known.
    bool is_first_use(const Look& look) const;

    // How much of a refused request its sender does habitually, with this client from this network, when it
    // is allowed: nothing, the action, or the whole with scope and thing.
    enum class Habit : uint8_t { None, Action, Whole };
    Habit habit_if_allowed(const Look& look) const;

    // The request becomes part of the habits, unless it was told within the quarantine.
    void learn(const Look& look);
    // What was told: not learnt for a while; when it recurs after that, it is a habit after all.
    enum class Told : uint8_t { Never, Lately, Recurs };
    void quarantine(const Candidate& candidate, audit::Time now);
    Told told(const Candidate& candidate, audit::Time now) const;

    size_t cells() const { return habits_.cells(); }
    uint64_t evictions() const {
        return habits_.evictions() + told_.evictions() + namespaces_.evictions() + bindings_.evictions();
    }
    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    struct Questions;
    Questions questions(const Look& look, const std::string& does) const;
    Questions questions(const Look& look) const;
    Habit habit_of(const Look& look, const std::string& does) const;
    bool has_old_grant(const Look& look) const;
    bool is_ordinary(const Look& look) const;
    bool is_slight(const Look& look, const Questions& ask, bool is_only_scope, bool is_new_source) const;
    void explain(const Look& look, const Questions& ask, std::string_view context, std::string_view value,
                 double bits, std::string_view name, const std::string& what, bool young, Hit& hit) const;

    const Config& config_;
    HabitModel habits_;
    BoundedTable<HabitCell> told_;        // candidate key → when it was first told
    BoundedTable<HabitCell> bindings_;    // cluster, kind, namespace, name → when it was written last
    BoundedTable<HabitCell> namespaces_;  // cluster, name → when it was created
};

}  // namespace redshank::access
