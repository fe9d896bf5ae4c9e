#include "detectors/by_rule/habit.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "audit/normalise/stem.h"
#include "core/one_of.h"
#include "core/request/kind.h"
#include "core/request/verbs.h"
#include "detectors/by_rule/made.h"
#include "detectors/by_rule/memory.h"

namespace redshank::by_rule {

namespace {

using std::chrono::days, std::chrono::floor, std::chrono::hours;

constexpr auto kFirstDays = days{3};     // of a log: what recurs from then on is how the cluster lives
constexpr auto kSign = hours{24};        // an account with a sign learns nothing for so long
constexpr auto kSame = days{7};          // until when a body is known to be the one before
constexpr auto kForgotten = days{30};    // a habit given up
constexpr auto kOldFinding = hours{24};  // something new is not hidden in a finding of yesterday
constexpr size_t kFamily = 3;            // members that make any other one usual
constexpr size_t kMostNoted = 4096;
constexpr int64_t kJump = 4, kSlack = 20;  // more than four times the busiest day, and twenty

std::string times(int64_t count, std::string_view of) {
    return std::to_string(count) + " " + std::string(of) + (count == 1 ? "" : "s");
}

std::string history(const RuleHabit& habit, int64_t before) {
    return "the same on " + times(before, "day") + " since " +
           audit::format_time(habit.days.first).substr(0, 10);
}

std::string words(const HabitPlace& place) {
    return place.network + " with " + place.agent;
}

const HabitAt& busiest(const RuleHabit& habit) {
    return *std::max_element(habit.places.begin(), habit.places.end(),
                             [](const HabitAt& a, const HabitAt& b) { return a.days.count < b.days.count; });
}

// A pod that is new here brings its own address; one that is known does not move.
bool is_new_pod(const RuleHabit& habit, const HabitPlace& place) {
    if (place.pod.empty()) return false;
    bool knows_agent = false;
    for (const HabitAt& at : habit.places) {
        if (at.place.pod == place.pod) return false;
        knows_agent = knows_agent || (at.place.agent == place.agent && !at.place.pod.empty());
    }
    return knows_agent;
}

const HabitAt* find_place(const RuleHabit& habit, const HabitPlace& place) {
    for (const HabitAt& at : habit.places) {
        if (at.place.is_same(place)) return &at;
    }
    return nullptr;
}

HabitAt& place_in(RuleHabit& habit, const HabitPlace& place) {
    auto& all = habit.places;
    for (HabitAt& at : all) {
        if (at.place.is_same(place)) return at;
    }
    if (all.size() < RuleHabit::kMostPlaces) return all.emplace_back(HabitAt{place, {}, false});
    auto& least = *std::min_element(all.begin(), all.end(), [](const HabitAt& a, const HabitAt& b) {
        return std::pair(a.days.count, a.days.counted) < std::pair(b.days.count, b.days.counted);
    });
    return least = HabitAt{place, {}, false};
}

// If a family was always the same one or two objects, another object is new.
bool is_usual_name(const RuleHabit& habit, const std::string& name, audit::Time now) {
    size_t earlier = 0;
    for (const HabitName& one : habit.names) {
        if (same_day(one.first, now)) continue;
        ++earlier;
        if (one.name == name) return true;
    }
    return earlier >= kFamily;
}

bool knows_name(const RuleHabit& habit, const std::string& name) {
    return std::any_of(habit.names.begin(), habit.names.end(),
                       [&](const HabitName& one) { return one.name == name; });
}

void learn_name(RuleHabit& habit, const std::string& name, audit::Time now) {
    if (knows_name(habit, name)) return;
    // The oldest names stay: they show that the family varies.
    if (habit.names.size() >= RuleHabit::kMostNames) habit.names.pop_back();
    habit.names.push_back({name, now});
}

void count_match(RuleHabit& habit, audit::Time now) {
    if (!same_day(habit.last, now)) {
        const int64_t most = habit.most == 0 ? habit.today : kJump * habit.most + kSlack;
        habit.most = std::max(habit.most, std::min(habit.today, most));
        habit.today = 0;
    }
    ++habit.today;
    habit.last = std::max(habit.last, now);
}

// What differs from the habit; "" when nothing does.
std::string what_changed(const RuleHabit& habit, const Pattern& pattern, bool knows_place, audit::Time now) {
    if (!knows_place)
        return "now from " + words(pattern.place) + ", until now from " + words(busiest(habit).place);
    if (!is_usual_name(habit, pattern.name, now)) return "now another object of the family";
    const int64_t today = same_day(habit.last, now) ? habit.today + 1 : 1;
    const int64_t most = std::max(habit.most, same_day(habit.last, now) ? 0 : habit.today);
    if (most > 0 && today > kJump * most + kSlack)
        return "now " + times(today, "time") + " a day, until now at most " + std::to_string(most);
    return {};
}

constexpr std::array<std::string_view, 5> kOfCluster{
    "clusterroles", "clusterrolebindings", "customresourcedefinitions", "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations"};
constexpr std::array<std::string_view, 10> kOfNamespace{
    "deployments",     "statefulsets", "daemonsets", "cronjobs",   "services",
    "serviceaccounts", "roles",        "ingresses",  "configmaps", "rolebindings"};
constexpr int64_t kManyKinds = 4, kManyPlaces = 3;

// An object of a kind that installations consist of is created or changed by a grant for the whole cluster.
// Authorizers other than RBAC name none.
bool is_applied(const Observation& observation) {
    const Request& request = observation.request;
    const audit::Event& event = observation.event;
    const bool is_write = puts_object(event.verb);
    const Actor& who = request.effective;
    return is_write && observation.answers && request.has_effect() && event.object.subresource.empty() &&
           (who.is(ActorClass::ServiceAccount) || who.is(ActorClass::Human)) &&
           (!request.grant() || request.grant()->is_cluster_wide()) &&
           (is_one_of(event.object.resource, kOfNamespace) || is_one_of(event.object.resource, kOfCluster));
}

// On days before this one a program has applied what installers do; see RuleHabits::see_apply.
bool has_installed(const RuleHabit& habit, audit::Time now, bool makes_daemonset) {
    int64_t kinds = 0, places = 0;
    bool is_of_cluster = false;
    for (const HabitName& one : habit.names) {
        if (same_day(one.first, now)) continue;
        ++(is_place(one.name) ? places : kinds);
        is_of_cluster = is_of_cluster || is_one_of(one.name, kOfCluster);
    }
    if (kinds < kManyKinds) return false;
    const int64_t before = habit.days.before_today(now);
    if (is_of_cluster) return before >= 2;
    return before >= 3 && (makes_daemonset || places >= kManyPlaces);
}

bool is_role_of(const RuleHabit& habit, const HabitAt* at, const Pattern& pattern,
                const Observation& observation) {
    const audit::Time now = observation.now;
    if (observation.request.effective.is(ActorClass::Human)) {
        return at != nullptr && habit.names.size() > 1 &&
               std::any_of(habit.names.begin(), habit.names.end(),
                           [](const HabitName& one) { return is_one_of(one.name, kOfCluster); });
    }
    if (at != nullptr ? !at->is_home && at->days.before_today(now) == 0 : !is_new_pod(habit, pattern.place))
        return false;
    return has_installed(habit, now, observation.event.object.resource == "daemonsets");
}

}  // namespace

bool is_program(const Request& request) {
    // Programs of the system do not run as kube-system's default.
    if (request.actor.account == "default" && request.actor.namespace_ == "kube-system") return false;
    return request.actor.is_pod() && !request.event.is_impersonated;
}

bool is_custom(const audit::ObjectRef& object) {
    return object.api_group.find('.') != std::string_view::npos &&
           kind_of(object.api_group, object.resource).empty();
}

bool is_claim(const audit::ObjectRef& object) {
    return object.resource == "persistentvolumeclaims" && object.api_group.empty() &&
           object.subresource.empty();
}

std::string controlled_kind(const audit::ObjectRef& object) {
    return std::string(object.resource) + "." + std::string(object.api_group);
}

std::string controlled_namespace(std::string_view namespace_) {
    return "in " + std::string(namespace_);
}

bool is_place(std::string_view name) {
    return name.starts_with("in ");
}

bool has_controlled(const RuleHabit& work, std::string_view name, audit::Time now) {
    return std::any_of(work.names.begin(), work.names.end(),
                       [&](const HabitName& one) { return one.name == name && !same_day(one.first, now); });
}

void RuleHabits::see(const Observation& observation) {
    if (has_last_ && last_cluster_ == observation.origin.cluster) return;
    last_cluster_ = observation.origin.cluster;
    has_last_ = true;
    if (!watched_.contains(last_cluster_)) watched_.change(last_cluster_).time = observation.now;
    last_since_ = watched_.find(last_cluster_)->time;
}

audit::Time RuleHabits::since(std::string_view cluster) const {
    if (has_last_ && last_cluster_ == cluster) return last_since_;
    const ClockRow* start = watched_.find(cluster);
    return start == nullptr ? audit::Time{} : start->time;
}

bool RuleHabits::is_first_days(std::string_view cluster, audit::Time time) const {
    return time < since(cluster) + kFirstDays;
}

// Whether the rule reported it on enough days before today.
bool RuleHabits::is_enough(const Match& match, const Days& seen) const {
    const bool is_early = is_first_days(match.observation.origin.cluster, seen.first);
    // Told once is enough for what is worth a look only and the cluster has always done, or a program does
    // from then on (a job of every night).
    const bool is_once = is_early || is_program(match.observation.request);
    const int64_t wanted = match.rule.severity >= Severity::High ? (is_early ? 2 : 5) : (is_once ? 1 : 3);
    return seen.before_today(match.observation.now) >= wanted;
}

void RuleHabits::weigh(const Match& match, RuleHabit& habit, Judgement& out) {
    const audit::Time now = match.observation.now;
    const Pattern& pattern = match.pattern;
    const HabitAt* at = find_place(habit, pattern.place);
    const bool knows_place =
        at != nullptr ? at->is_home || is_enough(match, at->days) : is_new_pod(habit, pattern.place);
    const std::string changed = what_changed(habit, pattern, knows_place, now);
    const int64_t before = habit.days.before_today(now);
    const std::string number = std::to_string(before), always = history(habit, before);
    if (match.has_other_sign) {
        out.reasons.push_back(
            {"habit-doubted", always + ", but the account does something new and severe", number});
    } else if (changed.empty()) {
        out.severity = Severity::Low;
        out.mark = "habit";
        out.reasons.push_back({"habit", always + " from " + words(busiest(habit).place), number});
    } else {
        out.reasons.push_back({"habit-changed", always + ", " + changed, number});
        out.mark = finding_id({pattern.key, pattern.place.network, pattern.place.agent, pattern.name});
        if (match.rule.severity >= Severity::High) signs_.change(pattern.who) = {now, pattern.key};
    }
}

void RuleHabits::learn(const Pattern& pattern, audit::Time now, RuleHabit& habit) {
    const HabitPlace& place = pattern.place;
    if (habit.places.size() >= RuleHabit::kMostPlaces || habit.names.size() >= RuleHabit::kMostNames)
        ++forgotten_;
    const bool is_moved = is_new_pod(habit, place);
    HabitAt& at = place_in(habit, place);
    at.days.see(now);
    at.is_home = at.is_home || is_moved;
    at.place.pod = place.pod;
    habit.days.see(now);
    learn_name(habit, pattern.name, now);
}

void RuleHabits::learn_daily(const Pattern& pattern, audit::Time now) {
    const RuleHabit* known = habits_.find(pattern.key);
    if (known != nullptr && known->last + kForgotten < now) known = nullptr;
    const HabitAt* at = known == nullptr ? nullptr : find_place(*known, pattern.place);
    if (at != nullptr && !at->days.is_another(now) && knows_name(*known, pattern.name)) return;
    RuleHabit& habit = habits_.change(pattern.key);
    if (known == nullptr) habit = RuleHabit{};
    learn(pattern, now, habit);
    habit.last = std::max(habit.last, now);
}

bool RuleHabits::is_unchanged(const Match& match, const RuleHabit& habit) {
    const audit::Event& event = match.observation.event;
    const bool is_rewritten = (event.verb == "patch" || event.verb == "update") && event.response.code == 200;
    return is_rewritten && !habit.body.empty() && habit.body == match.pattern.body &&
           match.observation.now < habit.last + kSame && knows_name(habit, match.pattern.name) &&
           find_place(habit, match.pattern.place) != nullptr;
}

void RuleHabits::keep(const rules::Rule& rule, const Observation& observation) {
    if (observation.request.effective.is_nobody()) return;
    const Match match{.rule = rule, .observation = observation, .pattern = keeper_of(rule, observation)};
    RuleHabit& habit = habits_.change(match.pattern.key);
    if (habit.last + kForgotten < observation.now) habit = RuleHabit{};
    learn(match.pattern, observation.now, habit);
    count_match(habit, observation.now);
}

// Where others work: not in what it has made itself, such as previews.
void RuleHabits::learn_place(Pattern pattern, const Observation& observation, const Made& made) {
    const std::string_view namespace_ = observation.event.object.namespace_;
    if (namespace_.empty() || !observation.request.effective.is(ActorClass::ServiceAccount)) return;
    const RuleHabit& habit = *habits_.find(pattern.key);
    const auto places = std::count_if(habit.names.begin(), habit.names.end(),
                                      [](const HabitName& one) { return is_place(one.name); });
    if (places >= kManyPlaces) return;
    pattern.name = controlled_namespace(audit::namespace_stem(namespace_));
    if (!knows_name(habit, pattern.name) && !made.is_own(namespace_, observation))
        learn_daily(pattern, observation.now);
}

bool RuleHabits::has_sign(const Pattern& pattern, audit::Time now) const {
    const RuleSign* sign = signs_.find(pattern.who);
    return sign != nullptr && now < sign->time + kSign;
}

bool RuleHabits::has_role(const Observation& observation) const {
    const Pattern pattern = installer_of(observation);
    return !has_sign(pattern, observation.now) && has_role(pattern, observation);
}

bool RuleHabits::has_role(const Pattern& pattern, const Observation& observation) const {
    const audit::Time now = observation.now;
    const RuleHabit* known = habits_.find(pattern.key);
    return known != nullptr && known->last + kForgotten >= now &&
           is_role_of(*known, find_place(*known, pattern.place), pattern, observation);
}

bool RuleHabits::see_apply(const Observation& observation, const Made& made) {
    if (!is_applied(observation)) return false;
    const Pattern pattern = installer_of(observation);
    if (has_sign(pattern, observation.now)) return false;
    const bool installs = has_role(pattern, observation);
    learn_daily(pattern, observation.now);
    learn_place(pattern, observation, made);
    return installs;
}

bool RuleHabits::is_installer(const Observation& observation) const {
    if (!is_program(observation.request)) return false;
    const RuleHabit* habit = habits_.find(installer_of(observation).key);
    return habit != nullptr && habit->last + kForgotten >= observation.now &&
           has_installed(*habit, observation.now, false);
}

bool RuleHabits::keeps(const Match& match) const {
    const Pattern keeper = keeper_of(match.rule, match.observation);
    const RuleHabit* habit = habits_.find(keeper.key);
    if (habit == nullptr || match.has_other_sign || !is_enough(match, habit->days)) return false;
    const HabitAt* at = find_place(*habit, keeper.place);
    return at != nullptr && (at->is_home || is_enough(match, at->days));
}

// A program that keeps an object makes it again when it is gone.
bool RuleHabits::remakes(const Match& match, rules::Context& context) const {
    if (match.observation.event.verb != "create" || match.has_other_sign) return false;
    for (const std::string_view verb : {"update", "patch"}) {
        const Pattern before = pattern_of(match.rule, context, match.observation, verb);
        const RuleHabit* habit = habits_.find(before.key);
        if (habit == nullptr || !is_enough(match, habit->days) || !knows_name(*habit, before.name)) continue;
        const HabitAt* at = find_place(*habit, before.place);
        if (at != nullptr && (at->is_home || is_enough(match, at->days))) return true;
    }
    return false;
}

// A program did the same in the first days, when everything was new, and does it again from there.
bool RuleHabits::recurs(const Match& match, const RuleHabit& habit) const {
    const audit::Time now = match.observation.now;
    if (match.has_other_sign || !is_program(match.observation.request) || habit.days.before_today(now) == 0 ||
        !is_first_days(match.observation.origin.cluster, habit.days.first)) {
        return false;
    }
    const HabitAt* at = find_place(habit, match.pattern.place);
    const bool knows_place = at != nullptr ? at->is_home || at->days.before_today(now) > 0
                                           : is_new_pod(habit, match.pattern.place);
    return what_changed(habit, match.pattern, knows_place, now).empty();
}

void RuleHabits::see_control(const Observation& observation) {
    const audit::Event& event = observation.event;
    const bool is_write = puts_object(event.verb);
    const bool watches_claims =
        event.verb == "watch" && is_claim(event.object) && event.object.namespace_.empty();
    if ((!is_write && !watches_claims) || !observation.answers || !is_program(observation.request) ||
        !observation.request.has_effect())
        return;
    const bool is_order = watches_claims || (event.object.subresource == "status" && is_custom(event.object));
    if (!is_order && (!event.object.subresource.empty() || event.object.namespace_.empty())) return;
    const audit::Time now = observation.now;
    const auto done = [&] {
        return Noted{floor<days>(now).time_since_epoch().count(), forgotten_ + habits_.removals()};
    };
    if (noted_.size() >= kMostNoted) noted_.clear();
    if (const auto noted = noted_.find(observation.request.kind.symbol);
        noted != noted_.end() && noted->second == done())
        return;
    Pattern pattern = controller_of(observation);
    const RuleHabit* known = habits_.find(pattern.key);
    if (known == nullptr && !is_order) return;
    if (has_sign(pattern, now)) return;
    pattern.name = is_order ? controlled_kind(event.object) : controlled_namespace(event.object.namespace_);
    learn_daily(pattern, now);
    const HabitAt* at = find_place(*habits_.find(pattern.key), pattern.place);
    if (at != nullptr && same_day(at->days.counted, now)) noted_[observation.request.kind.symbol] = done();
}

const RuleHabit* RuleHabits::controller(const Observation& observation) const {
    constexpr int64_t kDays = 3;
    const audit::Time now = observation.now;
    const Pattern pattern = controller_of(observation);
    const RuleHabit* habit = habits_.find(pattern.key);
    if (habit == nullptr || habit->last + kForgotten < now || habit->days.before_today(now) < kDays)
        return nullptr;
    if (has_sign(pattern, now)) return nullptr;
    const HabitAt* at = find_place(*habit, pattern.place);
    const bool knows_place =
        at != nullptr ? at->is_home || at->days.before_today(now) > 0 : is_new_pod(*habit, pattern.place);
    return knows_place ? habit : nullptr;
}

bool RuleHabits::judges(const rules::Rule& rule, const Request& request) {
    return rule.severity >= Severity::Medium && !request.effective.is_nobody();
}

Judgement RuleHabits::judge(const rules::Rule& rule, rules::Context& context, const Observation& observation,
                            const Finding* open) {
    Judgement out{.severity = rule.severity, .mark = {}, .reasons = {}};
    if (!judges(rule, observation.request)) return out;
    const audit::Time now = observation.now;
    Match match{.rule = rule, .observation = observation, .pattern = pattern_of(rule, context, observation)};
    const Pattern& pattern = match.pattern;
    if (rule.severity == Severity::Critical) {
        signs_.change(pattern.who) = {now, pattern.key};
        return out;
    }
    const RuleSign* sign = signs_.find(pattern.who);
    match.has_other_sign = sign != nullptr && now < sign->time + kSign && sign->pattern != pattern.key;
    RuleHabit& habit = habits_.change(pattern.key);
    if (habit.last + kForgotten < now) habit = RuleHabit{};
    const bool is_first = habit.last == audit::Time{};
    if (is_first) habit.is_apart = open != nullptr && open->first_seen + kOldFinding <= now;
    if (is_enough(match, habit.days)) {
        weigh(match, habit, out);
    } else if (is_unchanged(match, habit) && !match.has_other_sign) {
        out.severity = Severity::Low;
        out.mark = "habit";
        out.reasons.push_back(
            {"unchanged", "written again as it was on " + audit::format_time(habit.last).substr(0, 10), ""});
    } else if (rule.keeper && keeps(match)) {
        out.severity = std::min(rule.severity, Severity::Medium);
        out.reasons.push_back(
            {"keeper", "the account has kept this object for days, from the same place", ""});
    } else if (remakes(match, context)) {
        out.severity = std::min(rule.severity, Severity::Medium);
        out.reasons.push_back(
            {"keeper", "the account has written this object for days, from the same place", ""});
    } else if (!context.beside().errand.empty() && !match.has_other_sign) {
        out.severity =
            rule.severity > Severity::Medium && !context.beside().is_asked ? Severity::Medium : Severity::Low;
        out.reasons.push_back({"errand", std::string(context.beside().errand), ""});
    } else if (recurs(match, habit)) {
        const int64_t before = habit.days.before_today(now);
        out.severity = std::min(rule.severity, Severity::Medium);
        out.reasons.push_back({"habit", history(habit, before), std::to_string(before)});
    }
    if (out.mark.empty() && habit.is_apart) out.mark = pattern.key;
    if (!match.has_other_sign) learn(pattern, now, habit);
    habit.body = pattern.body;
    count_match(habit, now);
    const bool is_remade = out.severity < rule.severity && !rule.keeper;
    if (is_first && rule.severity >= Severity::High && !is_remade &&
        !is_first_days(observation.origin.cluster, now))
        signs_.change(pattern.who) = {now, pattern.key};
    return out;
}

void RuleHabits::load(const StateReader& state) {
    has_last_ = false;
    habits_.load(state);
    signs_.load(state);
    watched_.load(state);
}

void RuleHabits::save(StateWriter& state) {
    habits_.save(state);
    signs_.save(state);
    watched_.save(state);
}

}  // namespace redshank::by_rule
