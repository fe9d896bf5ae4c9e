// Habits of rules: a match that an account repeats from its usual place is reported once and then counted in
// a low finding of its own. Nothing is hidden, and a critical rule is never lowered.
//
// A match becomes a habit by days, not by repetition: it must have been reported on several different days.
// In the first days of a log everything is new, and matches that then recur are ordinary; a pattern that
// begins later needs more days. On a day on which the same account did something new that a rule calls high
// or worse, nothing is learnt and nothing is lowered.
//
// A habit that changes is reported again, at the rule's severity, in a finding of its own that says what
// changed: another place (network or agent; a new Pod brings its own address), another member of a family
// that was always the same one, or far more matches in a day than ever. Another actor, verb, kind, namespace,
// right or content is another pattern with a history of its own.
//
// An unchanged write to an existing object, by the same account from the same place, changes nothing: it is
// low at once.
//
// A rule may describe by `keeper` the requests which show that an account looks after an object (it reads it
// every day): the first write of such an account is at most medium. So is an object that is made again, of
// the same content, by the account that has written it for days; what a Pod's account did once in the first
// days of the log, and does again from the same place; and what a controller does on an errand (errands.h).
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/state/bounded_table.h"
#include "core/state/describe.h"
#include "detectors/by_rule/pattern.h"
#include "detectors/days.h"

namespace redshank::by_rule {

struct HabitAt {
    HabitPlace place;
    Days days;
    bool is_home = false;  // came with a new Pod
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
    std::string body;   // a hash of the newest one; "" when the log shows none
    int64_t today = 0;  // matches of the day of `last`
    int64_t most = 0;   // matches of the busiest day before
    // Began while an older finding of the rule was open, so it has a finding of its own.
    bool is_apart = false;
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

// The newest match of an account that a rule calls high or worse and that is no habit.
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

// How a match is reported.
struct Judgement {
    Severity severity;
    std::string mark;  // appended to the finding's key: matches with different marks are different findings
    std::vector<Reason> reasons;  // why its severity differs from the rule's, or why it is reported again
};

// The account of a Pod, as which nobody else acts.
bool is_program(const Request& request);
// Of a kind that Kubernetes does not bring.
bool is_custom(const audit::ObjectRef& object);
// A PersistentVolumeClaim.
bool is_claim(const audit::ObjectRef& object);
// The names in the row of a controller.
std::string controlled_kind(const audit::ObjectRef& object);
std::string controlled_namespace(std::string_view namespace_);
bool is_place(std::string_view name);  // one of controlled_namespace()
// On an earlier day.
bool has_controlled(const RuleHabit& work, std::string_view name, audit::Time now);

class Made;

class RuleHabits {
  public:
    // The time of the cluster's first event.
    audit::Time since(std::string_view cluster) const;
    // Call it for every event of the cluster, whether or not a rule matches: the first one begins the log.
    void see(const Observation& observation);

    // Whether matches of the rule by the request's caller can become a habit at all.
    static bool judges(const rules::Rule& rule, const Request& request);

    // Call it once for each match. `open` is the finding in which the match would be counted, or null.
    Judgement judge(const rules::Rule& rule, rules::Context& context, const Observation& observation,
                    const Finding* open);

    // The event fulfils only the rule's `keeper`: the account looks after the object.
    void keep(const rules::Rule& rule, const Observation& observation);

    // Whether it is the role of the account to apply objects such as this one for the whole cluster, by a
    // grant for all of it. A program has done so on earlier days with four kinds of objects, from this place:
    // rights or definitions of the cluster among them, but for a program that has worked for three days,
    // which makes DaemonSets, and anything when it has worked in three namespaces that it did not make. An
    // account with a sign has no role. A person has just shown the right, from this place: the API server
    // lets nobody give rights that he has not. Also learns that it applies this.
    bool see_apply(const Observation& observation, const Made& made);
    // The same of a request that applies nothing; learns nothing.
    bool has_role(const Observation& observation) const;

    // Whether it was the role of the program on the days before this one, wherever it comes from.
    bool is_installer(const Observation& observation) const;

    // Learns what a program controls: it writes the status of a custom resource, and whatever in a namespace.
    void see_control(const Observation& observation);
    // What the account has controlled for three days and more, from this place; null when it is no
    // controller, here, or has a sign.
    const RuleHabit* controller(const Observation& observation) const;

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
    bool has_sign(const Pattern& pattern, audit::Time now) const;
    bool has_role(const Pattern& pattern, const Observation& observation) const;
    bool is_enough(const Match& match, const Days& days) const;
    void weigh(const Match& match, RuleHabit& habit, Judgement& out);
    static bool is_unchanged(const Match& match, const RuleHabit& habit);
    bool keeps(const Match& match) const;
    bool remakes(const Match& match, rules::Context& context) const;
    bool recurs(const Match& match, const RuleHabit& habit) const;
    void learn(const Pattern& pattern, audit::Time now, RuleHabit& habit);
    // The same once a day, and at once what is new: a restart changes nothing.
    void learn_daily(const Pattern& pattern, audit::Time now);
    void learn_place(Pattern pattern, const Observation& observation, const Made& made);

    BoundedTable<RuleHabit> habits_{"rule.habits", 10'000};
    BoundedTable<RuleSign> signs_{"rule.signs", 5'000};
    BoundedTable<ClockRow> watched_{"rule.watched", 1'000};  // cluster → the first event
    // RequestKind::symbol → the day on which a request of this kind changes no habit of control any more, as
    // long as nothing is forgotten: a shortcut.
    struct Noted {
        int64_t day = 0;
        uint64_t forgotten = 0;
        bool operator==(const Noted&) const = default;
    };
    std::unordered_map<uint64_t, Noted> noted_;
    uint64_t forgotten_ = 0;    // names and places that made room for others
    std::string last_cluster_;  // of the last event
    audit::Time last_since_{};
    bool has_last_ = false;
};

}  // namespace redshank::by_rule
