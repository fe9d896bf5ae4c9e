#include "detectors/secrets/journal.h"

#include <algorithm>
#include <tuple>

#include "core/request/names.h"

namespace redshank::secrets {

namespace {

constexpr std::string_view kTable = "secret_exposure.rbac_writes";
constexpr uint64_t kMostWrites = uint64_t{1} << 62;  // in no life of a daemon
// How far apart the lines of an edit and of what the aggregation controller makes of it may be.
constexpr audit::Duration kBefore = std::chrono::seconds{2}, kAfter = std::chrono::milliseconds{500};

// The objects of one application are created within this time of each other. A service account that wrote
// RBAC longer ago than this counts as automation.
constexpr audit::Duration kTogether = std::chrono::hours{1}, kUsual = std::chrono::hours{24};

// Decided by the stored name: groups and credential are not kept.
bool is_control_plane(const Cause& cause) {
    return cause.actor.user == kApiServer || is_core_component(cause.actor.user);
}

}  // namespace

bool Journal::touches(const Entry& entry, const Wanted& wanted) {
    return entry.write.touches_binding(wanted.binding_namespace, wanted.binding_name) ||
           entry.write.touches_role(wanted.role_namespace, wanted.role_name);
}

Journal::Journal() : entries_(std::string(kTable), kMax) {}

void Journal::add(const rbac::Write& write, const Cause& cause) {
    if (entries_.is_full()) {
        uint64_t oldest = 0;
        entries_.each_from(0, [&](uint64_t number, const Entry&) {
            oldest = number;
            return false;
        });
        entries_.erase(oldest);
    }
    Entry& entry = entries_.change(next_);
    entry = {next_++, write, cause};
    entry.write.object.reset();
}

template <class Holds>
bool Journal::any(Holds holds) const {
    bool found = false;
    entries_.each_from(0, [&](uint64_t, const Entry& entry) { return !(found = holds(entry)); });
    return found;
}

template <class Holds>
const Journal::Entry* Journal::newest(audit::Time after, audit::Time until, Holds holds) const {
    const Entry* found = nullptr;
    entries_.each_back([&](uint64_t, const Entry& entry) {
        const bool is_in_time = after < entry.cause.time && entry.cause.time <= until;
        if (is_in_time && holds(entry)) found = &entry;
        return found == nullptr;
    });
    return found;
}

std::optional<Cause> Journal::opening(const Wanted& wanted, audit::Time after, audit::Time until) const {
    const Entry* newest = nullptr;
    entries_.each([&](uint64_t, const Entry& entry) {
        if (entry.write.removed || entry.cause.time <= after || entry.cause.time > until) return;
        if (touches(entry, wanted) && (!newest || entry.cause.time >= newest->cause.time)) newest = &entry;
    });
    if (!newest) return std::nullopt;
    if (newest->write.by_aggregator) {
        if (auto edit = edit_behind(newest->cause.time, Did::Give)) return edit;
    }
    return newest->cause;
}

std::optional<Cause> Journal::edit_behind(audit::Time time, Did did) const {
    // A deletion before a change, an edit before the controller's write before one after it, the nearest.
    const auto rank = [&](const Entry& entry) {
        return std::tuple(entry.write.removed, entry.cause.time <= time,
                          -std::chrono::abs(entry.cause.time - time));
    };
    const Entry* best = nullptr;
    entries_.each([&](uint64_t, const Entry& entry) {
        if (entry.write.by_aggregator || !entry.write.roles || !entry.write.namespace_.empty()) return;
        if (entry.cause.time < time - kBefore || entry.cause.time > time + kAfter) return;
        if (did == Did::Take ? entry.write.created : entry.write.removed) return;
        if (!best || rank(entry) >= rank(*best)) best = &entry;
    });
    return best ? std::optional(best->cause) : std::nullopt;
}

bool Journal::is_automation(const Entry& entry) const {
    const std::string& author = entry.cause.actor.user;
    if (entry.write.by_aggregator || is_control_plane(entry.cause)) return true;
    return service_account(author) && any([&](const Entry& other) {
               return (other.write.roles || other.write.bindings) && other.cause.actor.user == author &&
                      other.cause.time + kUsual <= entry.cause.time;
           });
}

bool Journal::is_usual_hand(const Entry& entry) const {
    return any([&](const Entry& other) {
        return other.number < entry.number && other.write.roles == entry.write.roles &&
               other.write.bindings == entry.write.bindings &&
               other.write.namespace_ == entry.write.namespace_ && other.write.names == entry.write.names &&
               other.cause.actor.user == entry.cause.actor.user;
    });
}

std::optional<Cause> Journal::making(const Wanted& wanted, audit::Time after, audit::Time until) const {
    const Entry* const made = newest(after, until, [&](const Entry& entry) {
        return !entry.write.removed && touches(entry, wanted) && !is_automation(entry) &&
               (entry.write.created || !is_usual_hand(entry));
    });
    return made ? std::optional(made->cause) : std::nullopt;
}

std::optional<Cause> Journal::creation(const Wanted& wanted, audit::Time after, audit::Time until) const {
    const Entry* const created = newest(after, until, [&](const Entry& entry) {
        return entry.write.created &&
               entry.write.touches_binding(wanted.binding_namespace, wanted.binding_name);
    });
    return created && !is_control_plane(created->cause) ? std::optional(created->cause) : std::nullopt;
}

bool Journal::namespace_born_near(std::string_view name, audit::Time time) const {
    return any([&](const Entry& entry) {
        return entry.write.created && entry.cause.object.resource == "namespaces" &&
               entry.write.names.front() == name && std::chrono::abs(entry.cause.time - time) <= kTogether;
    });
}

bool Journal::account_born_near(std::string_view namespace_, std::string_view name, audit::Time time) const {
    return any([&](const Entry& entry) {
        return entry.write.created && entry.cause.object.resource == "serviceaccounts" &&
               entry.write.namespace_ == namespace_ && entry.write.names.front() == name &&
               std::chrono::abs(entry.cause.time - time) <= kTogether;
    });
}

bool Journal::has_written(const rbac::Object& object, audit::Time since) const {
    return any([&](const Entry& entry) {
        if (entry.cause.time < since) return false;
        if (const auto* role = std::get_if<rbac::Role>(&object)) {
            return entry.write.touches_role(role->namespace_, role->name);
        }
        const auto& binding = std::get<rbac::Binding>(object);
        return entry.write.touches_binding(binding.namespace_, binding.name);
    });
}

void Journal::load(const StateReader& state, const std::string& prefix) {
    entries_.load(state, prefix, [this](uint64_t number, Entry& entry) {
        // A creation has a name.
        if (number < next_ || number >= kMostWrites) return false;
        if (entry.write.created && entry.write.names.empty()) return false;
        entry.number = number;
        next_ = number + 1;
        return true;
    });
}

}  // namespace redshank::secrets
