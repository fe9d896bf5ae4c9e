#include "daemon/questions/habits.h"

#include <algorithm>

#include "core/request/actor.h"
#include "core/state/key.h"
#include "core/state/row.h"
#include "daemon/questions/last_access.h"
#include "detectors/access/action.h"
#include "detectors/access/clock.h"
#include "detectors/access/habit.h"

namespace redshank {

namespace {

void count_usual(std::vector<UsualThing>& all, UsualThing one) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const UsualThing& known) {
        return known.what == one.what && known.where == one.where;
    });
    if (same == all.end()) return all.push_back(std::move(one));
    same->hours += one.hours;
    same->last = std::max(same->last, one.last);
}

// The values of the contexts that begin so; `what` gets what stands between.
template <class Take>
void each_habit(const StateReader& state, const std::string& begin, const Take& take) {
    state.scan(access::kHabits, begin, [&](std::string_view key, std::string_view value) {
        const auto cell = read_row<access::HabitCell>(value);
        key.remove_prefix(begin.size());
        if (cell) take(key, *cell);
    });
}

UsualThing usual(std::string_view what, const std::string& where, const access::HabitCell& cell) {
    return {std::string(what), where, cell.count, audit::Time{audit::Duration{cell.last}}};
}

void sort_usual(std::vector<UsualThing>& all) {
    std::sort(all.begin(), all.end(), [](const UsualThing& a, const UsualThing& b) {
        return std::tuple(-a.hours, -a.last.time_since_epoch().count(), a.what, a.where) <
               std::tuple(-b.hours, -b.last.time_since_epoch().count(), b.what, b.where);
    });
}

}  // namespace

UsualThings usual_things(const StateReader& state, const std::string& user) {
    audit::User name;
    name.username = user;
    const std::string me = actor_from(name).key;
    const auto context = [&](char question, char end) {
        return std::string{question, access::kHabitMark} + me + end;
    };
    UsualThings out;
    each_habit(state, context('c', kKeyMark), [&](std::string_view client, const access::HabitCell& cell) {
        count_usual(out.clients, usual(client, "", cell));
    });
    each_habit(state, context('n', kKeyMark), [&](std::string_view network, const access::HabitCell& cell) {
        count_usual(out.networks, usual(network, "", cell));
    });
    // Where is asked of sensitive actions only.
    each_habit(state, context('s', access::kHabitMark),
               [&](std::string_view key, const access::HabitCell& cell) {
                   const size_t mark = key.find(kKeyMark);
                   if (mark == std::string_view::npos) return;
                   const std::string_view scope = key.substr(mark + 1);
                   const std::string where = access::scope_words(scope, scope);
                   count_usual(out.actions, usual(key.substr(0, mark), where, cell));
               });
    for (auto* all : {&out.clients, &out.networks, &out.actions}) sort_usual(*all);
    return out;
}

UsualHours usual_hours(const StateReader& state, const std::string& user) {
    UsualHours out;
    for (const WatchedRow& watched : watched_clusters(state, "")) {
        const auto row = state.get(access::kClocks, row_key({watched.cluster, user}));
        const auto clock = row ? read_row<access::Clock>(*row) : std::nullopt;
        if (!clock) continue;
        out.days = std::max(out.days, clock->days);
        for (size_t hour = 0; hour < 24; ++hour) {
            const auto at = static_cast<int64_t>(hour);
            out.working_days[hour] |= (clock->hours & access::Clock::bit(at, false)) != 0;
            out.weekends[hour] |= (clock->hours & access::Clock::bit(at, true)) != 0;
        }
    }
    return out;
}

}  // namespace redshank
