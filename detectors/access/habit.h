// How likely is it that this actor does that? Counts with back-off: an actor's own habit, what its peers do,
// what anybody of its class does. docs/unusual-access.md has the formulas.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/state/bounded_table.h"

namespace redshank::access {

// One value in one context ("alice" + "list secrets"). A value counts once an hour: an hour of retries is one
// habit.
struct HabitCell {
    int64_t count = 0, last = 0;  // hours in which it was seen; last seen, microseconds
};
template <class V>
void describe(V& v, HabitCell& row) {
    v.as_array();
    v.must("count", row.count);
    v.must("last", row.last);
}
// What is established goes last.
inline auto worth(const HabitCell& row) {
    return std::pair(row.count >= 3, row.last);
}

// A context as a whole: how much was counted in it, and how many different values.
struct HabitContext {
    int64_t total = 0, kinds = 0, last = 0;
};
template <class V>
void describe(V& v, HabitContext& row) {
    v.as_array();
    v.must("total", row.total);
    v.must("kinds", row.kinds);
    v.must("last", row.last);
}
inline auto worth(const HabitContext& row) {
    return std::pair(row.total >= 10, row.last);
}

class HabitModel {
  public:
    // At most so many cells, in the state table `name`; contexts are a fifth of that.
    explicit HabitModel(size_t max_cells, const std::string& name = "unusual_access.habits")
        : cells_(name, max_cells), contexts_(name + ".contexts", max_cells / 5 + 16) {}

    // The contexts of one question, from the narrowest to the widest: the actor's own, its peers',
    // everybody's.
    using Levels = std::vector<std::string>;

    // Counts the value. The wider levels count it when it is the narrowest one's first time: their counts are
    // numbers of actors that ever did it.
    void learn(const Levels& levels, std::string_view value, audit::Time time);

    // P(value), each level backing off to the next wider one and the last to `uniform`; from level `from` on:
    // with 1, as for somebody about whom nothing is known.
    double probability(const Levels& levels, std::string_view value, double uniform, size_t from = 0) const;

    // Hours in which it was seen at this level; 0 also when that is longer ago than `memory`.
    int64_t seen(std::string_view context, std::string_view value, audit::Time now,
                 audit::Duration memory) const;
    HabitContext context(std::string_view context) const;

    size_t cells() const { return cells_.size(); }
    uint64_t evictions() const { return cells_.evictions() + contexts_.evictions(); }

    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    bool count(std::string_view context, std::string_view value, int64_t hour, bool always);
    double blend(std::string_view context, std::string_view value, double parent) const;

    BoundedTable<HabitCell> cells_;  // context \x1f value
    BoundedTable<HabitContext> contexts_;
};

}  // namespace redshank::access
