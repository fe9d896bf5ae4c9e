// The probability of an action for an actor, from counts with back-off: the actor's own habits, then those of
// its peers, then those of its class. docs/unusual-access.md has the formulas.
#pragma once

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <compare>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "audit/time.h"
#include "core/state/bounded_table.h"
#include "core/state/shared_rows.h"
#include "detectors/hour.h"

namespace redshank::access {

inline constexpr std::string_view kHabits = "unusual_access.habits";
inline constexpr char kHabitMark = '\x1e';  // between the parts of a context's name

// An hour, written as the microseconds since 1970 at which it began. Half the room: a model has hundreds of
// thousands.
struct Hour {
    uint32_t number = 0;  // since 1970

    static Hour of(int64_t micros) { return {static_cast<uint32_t>(std::max<int64_t>(micros, 0) / kHour)}; }
    int64_t micros() const { return number * kHour; }
    auto operator<=>(const Hour&) const = default;
};
inline int64_t stored(const Hour& hour) {
    return hour.micros();
}
inline bool restore(Hour& hour, int64_t micros) {
    hour = Hour::of(micros);
    return true;
}

// One value in one context ("alice" + "list secrets"). It counts at most once an hour, so that an hour of
// retries is one habit.
struct HabitCell {
    int64_t count = 0, last = 0;  // hours in which it was seen; last seen, microseconds
};
struct HabitCount {
    uint32_t count = 0;
    Hour last;
};
template <class V>
void describe(V& v, HabitCell& row) {
    v.as_array();
    v.must("count", row.count);
    v.must("last", row.last);
}
template <class V>
void describe(V& v, HabitCount& row) {
    v.as_array();
    v.must("count", row.count);
    v.must("last", row.last);
}
// Order of eviction: established habits are evicted last.
inline auto worth(const HabitCell& row) {
    return std::pair(row.count >= 3, row.last);
}
inline auto worth(const HabitCount& row) {
    return std::pair(row.count >= 3, row.last);
}

// The totals of a context: how much was counted, and how many different values.
struct HabitContext {
    int64_t total = 0, kinds = 0;
};
struct HabitTotals {
    uint32_t total = 0, kinds = 0;
    Hour last;
};
template <class V>
void describe(V& v, HabitTotals& row) {
    v.as_array();
    v.must("total", row.total);
    v.must("kinds", row.kinds);
    v.must("last", row.last);
}
inline auto worth(const HabitTotals& row) {
    return std::pair(row.total >= 10, row.last);
}

// The name of a context: whose habits, of which question ('a': the action), about what. Views: what they show
// must outlive it.
struct HabitOf {
    // A name alone.
    template <std::convertible_to<std::string_view> Text>
    HabitOf(const Text& whose) : who(whose) {}  // NOLINT(google-explicit-constructor)
    HabitOf(char asked, std::string_view whose, std::string_view what = {})
        : question(asked), who(whose), about(what) {}
    // `kind`: "peers of ", "every ".
    HabitOf(char asked, std::string_view kind, std::string_view whose, std::string_view what)
        : question(asked), group(kind), who(whose), about(what) {}

    void append_to(std::string& key) const;

    char question = 0;  // 0: none
    std::string_view group, who, about;
};

// Question, whose, about what, value.
struct HabitParts {
    KeyParts operator()(std::string_view key) const;
};

class HabitModel {
  public:
    // Keeps at most `cells` cells in the state table `name`, and a fifth as many contexts.
    explicit HabitModel(size_t max_cells, const std::string& name = std::string(kHabits))
        : HabitModel(max_cells, name, std::make_shared<TextPool>()) {}

    // The contexts of one question, from the narrowest to the widest: the actor's own, its peers',
    // everybody's.
    using Levels = boost::container::static_vector<HabitOf, 4>;

    // Counts the value. A wider level counts it only when it is new to the narrowest one: its counts are
    // therefore numbers of actors that ever did it.
    void learn(const Levels& levels, std::string_view value, audit::Time time) {
        learn(levels.front(), value, time, [&]() -> const Levels& { return levels; });
    }
    // `own` is the narrowest level. All levels are asked for only when the value is new to it: to write them
    // is most of the work.
    template <class All>
    void learn(const HabitOf& own, std::string_view value, audit::Time time, All all) {
        const Hour hour = Hour::of(time.time_since_epoch().count());
        if (!count(own, value, hour, false)) return;
        const Levels& levels = all();
        for (size_t i = 1; i < levels.size(); ++i) count(levels[i], value, hour, true);
    }

    // P(value): each level backs off to the next wider one, the last to `uniform`. Starts at level `from`; 1
    // ignores the actor's own habits, as for a newcomer. `on_trial`: as if the actor had never had the value.
    double probability(const Levels& levels, std::string_view value, double uniform, size_t from = 0,
                       bool on_trial = false) const;

    // The number of hours in which it was seen at this level; 0 if the last one is longer ago than `memory`.
    int64_t seen(const HabitOf& context, std::string_view value, audit::Time now,
                 audit::Duration memory) const;
    HabitContext context(const HabitOf& context) const;

    size_t cells() const { return cells_.size(); }
    uint64_t evictions() const { return cells_.evictions() + contexts_.evictions(); }

    void load(const StateReader& state);
    void save(StateWriter& state);

  private:
    using Keys = SharedKeys<HabitParts>;
    HabitModel(size_t max_cells, const std::string& name, const std::shared_ptr<TextPool>& texts)
        : cells_(name, max_cells, texts), contexts_(name + ".contexts", max_cells / 5 + 16, texts) {}

    bool count(const HabitOf& context, std::string_view value, Hour hour, bool always);
    void write_key(const HabitOf& context, std::string_view value) const;
    const HabitCount* find(const HabitOf& context, std::string_view value) const;
    const HabitTotals* find(const HabitOf& context) const;
    double blend(const HabitOf& context, std::string_view value, double parent, int64_t without) const;

    BoundedTable<HabitCount, Keys> cells_;  // by context and value
    BoundedTable<HabitTotals, Keys> contexts_;
    mutable std::string key_;  // of the last look-up
};

}  // namespace redshank::access
