// Rules have habits: what one account does again and again, from where it always does it, is told once and
// then counted at low severity, under a finding of its own. Nothing is hidden, and a critical rule is never
// lowered.
//
// A match becomes a habit by the calendar, not by repetition: it must have been told on several different
// days. Within the first days of a log everything is new, and what then recurs is how the cluster lives; what
// begins later needs longer. A day on which the same account did something else for the first time that a
// rule calls high or worse teaches nothing, and nothing is lowered on it.
//
// A habit that changes is told again, at the rule's severity, in a finding of its own that says what changed:
// another place (network or agent; a pod that is new brings its own address), another member of a family that
// has always been the same one, far more in a day than ever. Another actor, verb, kind, namespace, right or
// content is another pattern, and begins anew.
//
// What is written again as it was, to an object that is there, by the same account from the same place,
// changes nothing: it is low at once.
//
// A rule may say by `keeper` what shows that an account looks after an object (it reads it, day by day): the
// first write of such an account is medium at most.
#pragma once

#include <string>
#include <vector>

#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "detectors/by_rule/pattern.h"

namespace redshank::by_rule {

// Different days on which something was seen. Two are at least half a day apart.
struct Days {
    audit::Time first{}, counted{};
    int64_t count = 0;

    void see(audit::Time now);
    int64_t before_today(audit::Time now) const;  // not counting today

    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("first", micros(first));
        v.must("counted", micros(counted));
        v.must("count", count);
    }
};

struct HabitAt {
    HabitPlace place;
    Days days;
    bool is_home = false;  // came with a pod that was new
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("network", place.network);
        v.must("agent", place.agent);
        v.must("pod", place.pod);
        v.must("days", days);
        v.must("is_home", is_home);
    }
};
struct HabitName {
    std::string name;
    audit::Time first{};
    template <class V>
    void describe(V& v) {
        v.as_array();
        v.must("name", name);
        v.must("first", micros(first));
    }
};

struct RuleHabit {
    static constexpr size_t kMostPlaces = 8, kMostNames = 16;

    Days days;
    audit::Time last{};
    std::vector<HabitAt> places;
    std::vector<HabitName> names;
    std::string body;       // a hash of the newest one; "" when the log shows none
    int64_t today = 0;      // matches of the day of `last`
    int64_t most = 0;       // matches of the busiest day before
    bool is_apart = false;  // began while an older finding of the rule was open: it has one of its own
    template <class V>
    void describe(V& v) {
        v.must("days", days);
        v.must("last", micros(last));
        v("places", places);
        v("names", names);
        v("body", body);
        v("today", today);
        v("most", most);
        v("is_apart", is_apart);
    }
};
inline auto worth(const RuleHabit& row) {
    return std::pair(row.days.count >= 3, row.last);
}

// The newest thing of an account that a rule calls high or worse and that is no habit.
struct RuleSign {
    audit::Time time{};
    std::string pattern;
};
template <class V>
void describe(V& v, RuleSign& row) {
    v.must("time", micros(row.time));
    v.must("pattern", row.pattern);
}
inline audit::Time worth(const RuleSign& row) {
    return row.time;
}
inline audit::Time worth(const ClockRow& row) {
    return row.time;
}

// How a match is told.
struct Judgement {
    Severity severity;
    std::string mark;  // behind the key of the finding: matches with other marks are other findings
    std::vector<Reason> reasons;  // why it is not told as the rule says, or why anew
};

class RuleHabits {
  public:
    // The first event of the cluster.
    audit::Time since(std::string_view cluster) const;
    // An event of the cluster, whether or not a rule matches: the log begins with the first.
    void see(const Observation& observation);

    // Of each match, once. `open`: the finding that the match would be counted in, or null.
    Judgement judge(const rules::Rule& rule, rules::Context& context, const Observation& observation,
                    const Finding* open);

    // The event fulfils only `keeper` of the rule: the account looks after the object.
    void keep(const rules::Rule& rule, const Observation& observation);

    void load(const StateReader& state);
    void save(StateWriter& state);
    uint64_t evictions() const { return habits_.evictions() + signs_.evictions() + watched_.evictions(); }

  private:
    struct Match {
        const rules::Rule& rule;
        const Observation& observation;
        Pattern pattern;
        bool has_other_sign = false;
    };
    bool is_first_days(std::string_view cluster, audit::Time time) const;
    bool is_enough(const Match& match, const Days& days) const;
    void weigh(const Match& match, RuleHabit& habit, Judgement& out);
    static bool is_unchanged(const Match& match, const RuleHabit& habit);
    bool keeps(const Match& match) const;
    void learn(const Match& match, RuleHabit& habit) const;

    BoundedTable<RuleHabit> habits_{"rule.habits", 10'000};
    BoundedTable<RuleSign> signs_{"rule.signs", 5'000};
    BoundedTable<ClockRow> watched_{"rule.watched", 1'000};  // cluster → the first event
    std::string last_cluster_;
    bool has_last_ = false;
};

}  // namespace redshank::by_rule
