#include "detectors/renames.h"

#include <algorithm>

#include "core/state/key.h"
#include "detectors/finding_book.h"
#include "detectors/hour.h"

namespace redshank {

namespace {

constexpr size_t kNames = 8, kMembers = 64;
constexpr int64_t kMoment = kDay;          // within which a crowd comes
constexpr int64_t kOverlap = kHour;        // so long both names may be in use
constexpr int64_t kJoins = 14 * kDay;      // so long colleagues follow
constexpr int64_t kHome = 7 * kDay;        // after so long a network is one's own
constexpr int64_t kForgotten = 30 * kDay;  // an old name that was not seen for so long is nobody's

constexpr bool is_before_middle(char c) {
    return c == ':' || c == '#' || c == '/' || c == '|' || c == '\\';
}

// "jana" of "oidc:jana", "https://id.example#jana", "jana@corp.example", "arn:aws:iam::1:user/jana".
std::string_view middle_of(std::string_view name) {
    const size_t at = std::min(name.find('@'), name.size());
    name = name.substr(0, at);
    size_t begin = name.size();
    while (begin > 0 && !is_before_middle(name[begin - 1])) --begin;
    return name.substr(begin);
}

std::string way_key(std::string_view cluster, std::string_view was, std::string_view is,
                    std::string_view middle) {
    const auto around = [middle](std::string_view name) {
        const size_t at = name.rfind(middle);
        return std::pair(name.substr(0, at), name.substr(at + middle.size()));
    };
    const auto [prefix, suffix] = around(was);
    const auto [new_prefix, new_suffix] = around(is);
    return row_key({cluster, prefix, suffix, new_prefix, new_suffix});
}

std::string names_key(const Observation& observation, std::string_view middle) {
    return row_key({observation.origin.cluster, middle});
}

template <class Row>
auto find_name(Row& row, std::string_view name) -> decltype(row.all.data()) {
    const auto at = std::find_if(row.all.begin(), row.all.end(),
                                 [name](const NamesRow::One& one) { return one.name.get() == name; });
    return at == row.all.end() ? nullptr : &*at;
}

}  // namespace

bool Renames::notes(const Request& request) {
    return request.actor.is(ActorClass::Human) && !request.actor.has_reserved_name &&
           !request.event.is_impersonated && request.verdict != RequestVerdict::Unauthenticated &&
           middle_of(request.actor.name).size() >= 2;
}

const NamesRow::One* Renames::known(const Observation& observation) const {
    const std::string& name = observation.request.actor.name;
    const NamesRow* row = names_.find(names_key(observation, middle_of(name)));
    return row == nullptr ? nullptr : find_name(*row, name);
}

audit::Time Renames::since(const Observation& observation) const {
    const NamesRow::One* one = known(observation);
    return one == nullptr ? audit::Time{} : audit::Time{audit::Duration{one->first}};
}

bool Renames::is_at_home(const Observation& observation) const {
    if (!notes(observation.request)) return false;
    const NamesRow::One* one = known(observation);
    return one != nullptr && one->there != 0 && one->network.get() == observation.request.peer.network &&
           observation.now.time_since_epoch().count() - one->there >= kHome;
}

const RenameRow* Renames::observe(const Observation& observation) {
    const Request& request = observation.request;
    if (!request.actor.is(ActorClass::Human)) return nullptr;
    const int64_t now = observation.now.time_since_epoch().count();
    if (removals_ != names_.removals()) lately_.assign(kLately, {});
    removals_ = names_.removals();
    Lately& lately = lately_[request.actor.symbol % kLately];
    if (lately.symbol != request.actor.symbol) lately = {.symbol = request.actor.symbol};
    int64_t& noted = lately.noted;
    if (noted != 0 && now - noted < kMinute) return nullptr;
    if (!notes(request)) return nullptr;
    noted = now;
    const std::string& name = request.actor.name;
    const std::string_view middle = middle_of(name);
    const std::string key = names_key(observation, middle);
    const auto found = names_.find_handle(key);
    if (found) {
        const NamesRow::One* known = find_name(found.row(), name);
        if (known == nullptr && found.row().all.size() >= kNames) return nullptr;
        if (known != nullptr && now - known->last < kMinute) {
            noted = known->last;
            return nullptr;
        }
    }
    NamesRow& row = names_.change(found, key);
    row.last = std::max(row.last, now);
    NamesRow::One* one = find_name(row, name);
    const bool is_new = one == nullptr;
    if (is_new) {
        row.all.push_back({.name = name, .first = now});
        one = &row.all.back();
    }
    if (one->there == 0 || one->network.get() != request.peer.network) one->there = now;
    one->peers = request.actor.peers;
    one->network = request.peer.network;
    one->client = request.agent.product;
    one->last = std::max(one->last, now);
    ++one->minutes;
    if (is_new) return come(row, *one, observation);
    take_back(row, *one, observation);
    return nullptr;
}

const RenameRow* Renames::come(NamesRow& row, NamesRow::One& one, const Observation& observation) {
    const NamesRow::One* old = nullptr;
    for (const NamesRow::One& other : row.all) {
        if (&other != &one && other.network == one.network && other.client == one.client &&
            one.first - other.first >= kDay && one.first - other.last < kForgotten &&
            (old == nullptr || other.minutes > old->minutes)) {
            old = &other;
        }
    }
    if (old == nullptr) return nullptr;
    one.was = old->name;
    RenameRow& way = ways_.change(
        way_key(observation.origin.cluster, old->name.get(), one.name.get(), middle_of(one.name.get())));
    const int64_t now = one.first;
    if (way.since == 0)
        std::erase_if(way.all, [now](const RenameRow::One& each) { return now - each.time >= kMoment; });
    if (way.since != 0 && now - way.since >= kJoins) {
        one.was = {};
        return nullptr;
    }
    if (way.all.size() >= kMembers) way.all.erase(way.all.begin());
    way.all.push_back({.name = stored(one.name),
                       .was = stored(one.was),
                       .time = now,
                       .evidence = evidence_of(observation)});
    way.last = now;
    if (way.since == 0 && way.all.size() >= kCrowd) way.since = now;
    return way.since != 0 ? &way : nullptr;
}

// Who still uses the old name has another one beside it, and no new one.
void Renames::take_back(NamesRow& row, const NamesRow::One& old, const Observation& observation) {
    for (NamesRow::One& one : row.all) {
        if (one.was != old.name || old.last - one.first < kOverlap) continue;
        const std::string key =
            way_key(observation.origin.cluster, one.was.get(), one.name.get(), middle_of(one.name.get()));
        one.was = {};
        if (!ways_.contains(key)) continue;
        RenameRow& way = ways_.change(key);
        std::erase_if(way.all, [&](const RenameRow::One& each) { return each.name == one.name.get(); });
        if (way.all.size() < kCrowd) way.since = 0;
    }
}

const NamesRow::One* Renames::former(const Observation& observation) const {
    const Request& request = observation.request;
    if (ways_.empty() || !notes(request)) return nullptr;
    const std::string& name = request.actor.name;
    const NamesRow* row = names_.find(names_key(observation, middle_of(name)));
    if (row == nullptr) return nullptr;
    const NamesRow::One* one = find_name(*row, name);
    if (one == nullptr || one->was.empty()) return nullptr;
    const RenameRow* way = ways_.find(
        way_key(observation.origin.cluster, one->was.get(), one->name.get(), middle_of(one->name.get())));
    return way != nullptr && way->since != 0 ? find_name(*row, one->was.get()) : nullptr;
}

}  // namespace redshank
