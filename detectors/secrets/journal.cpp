#include "detectors/secrets/journal.h"

#include <algorithm>
#include <tuple>

#include "core/request/names.h"
#include "core/state/bounded_table.h"

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

void Journal::add(const rbac::Write& write, const Cause& cause) {
    entries_.push_back({next_++, write, cause});
    entries_.back().write.object.reset();
    if (entries_.size() > kMax) entries_.pop_front();
}

std::optional<Cause> Journal::opening(const Wanted& wanted, audit::Time after, audit::Time until) const {
    const Entry* newest = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.write.removed || entry.cause.time <= after || entry.cause.time > until) continue;
        if (!entry.write.touches_binding(wanted.binding_namespace, wanted.binding_name) &&
            !entry.write.touches_role(wanted.role_namespace, wanted.role_name)) {
            continue;
        }
        if (!newest || entry.cause.time >= newest->cause.time) newest = &entry;
    }
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
    for (const Entry& entry : entries_) {
        if (entry.write.by_aggregator || !entry.write.roles || !entry.write.namespace_.empty()) continue;
        if (entry.cause.time < time - kBefore || entry.cause.time > time + kAfter) continue;
        if (did == Did::Take ? entry.write.created : entry.write.removed) continue;
        if (!best || rank(entry) >= rank(*best)) best = &entry;
    }
    return best ? std::optional(best->cause) : std::nullopt;
}

bool Journal::is_automation(const Entry& entry) const {
    const std::string& author = entry.cause.actor.user;
    if (entry.write.by_aggregator || is_control_plane(entry.cause)) return true;
    return service_account(author) && std::any_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
               return (other.write.roles || other.write.bindings) && other.cause.actor.user == author &&
                      other.cause.time + kUsual <= entry.cause.time;
           });
}

bool Journal::is_usual_hand(const Entry& entry) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
        return other.number < entry.number && other.write.roles == entry.write.roles &&
               other.write.bindings == entry.write.bindings &&
               other.write.namespace_ == entry.write.namespace_ && other.write.names == entry.write.names &&
               other.cause.actor.user == entry.cause.actor.user;
    });
}

std::optional<Cause> Journal::making(const Wanted& wanted, audit::Time after, audit::Time until) const {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (entry->write.removed || entry->cause.time <= after || entry->cause.time > until) continue;
        if (!entry->write.touches_binding(wanted.binding_namespace, wanted.binding_name) &&
            !entry->write.touches_role(wanted.role_namespace, wanted.role_name)) {
            continue;
        }
        if (is_automation(*entry) || (!entry->write.created && is_usual_hand(*entry))) continue;
        return entry->cause;
    }
    return std::nullopt;
}

std::optional<Cause> Journal::creation(const Wanted& wanted, audit::Time after, audit::Time until) const {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (!entry->write.created || entry->cause.time <= after || entry->cause.time > until) continue;
        if (!entry->write.touches_binding(wanted.binding_namespace, wanted.binding_name)) continue;
        if (is_control_plane(entry->cause)) return std::nullopt;
        return entry->cause;
    }
    return std::nullopt;
}

bool Journal::namespace_born_near(std::string_view name, audit::Time time) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.write.created && entry.cause.object.resource == "namespaces" &&
               entry.write.names.front() == name && std::chrono::abs(entry.cause.time - time) <= kTogether;
    });
}

bool Journal::account_born_near(std::string_view namespace_, std::string_view name, audit::Time time) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.write.created && entry.cause.object.resource == "serviceaccounts" &&
               entry.write.namespace_ == namespace_ && entry.write.names.front() == name &&
               std::chrono::abs(entry.cause.time - time) <= kTogether;
    });
}

bool Journal::has_written(const rbac::Object& object, audit::Time since) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        if (entry.cause.time < since) return false;
        if (const auto* role = std::get_if<rbac::Role>(&object)) {
            return entry.write.touches_role(role->namespace_, role->name);
        }
        const auto& binding = std::get<rbac::Binding>(object);
        return entry.write.touches_binding(binding.namespace_, binding.name);
    });
}

void Journal::load(const StateReader& state, const std::string& prefix) {
    load_rows<Entry>(state, kTable, prefix, [this](std::string_view key, Entry entry) {
        const auto number = OrderedNumber<12>::key(key);
        // A creation has a name.
        if (!number || *number < next_ || *number >= kMostWrites) return false;
        if (entry.write.created && entry.write.names.empty()) return false;
        entry.number = *number;
        next_ = *number + 1;
        entries_.push_back(std::move(entry));
        return true;
    });
    saved_to_ = next_;
    erased_to_ = entries_.empty() ? next_ : entries_.front().number;
}

void Journal::save(StateWriter& state, const std::string& prefix) {
    const uint64_t first = entries_.empty() ? next_ : entries_.front().number;
    for (; erased_to_ < first; ++erased_to_) {
        if (erased_to_ < saved_to_) state.erase(kTable, prefix + OrderedNumber<12>::text(erased_to_));
    }
    for (const Entry& entry : entries_) {
        if (entry.number < saved_to_) continue;
        state.put(kTable, prefix + OrderedNumber<12>::text(entry.number), write_row(entry));
    }
    saved_to_ = next_;
}

}  // namespace redshank::secrets
