#include "detectors/secrets/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "detectors/rbac/identity.h"
#include "detectors/secrets/row.h"

namespace redshank::secrets {

namespace json = boost::json;

namespace {

constexpr std::string_view kTable = "secret_exposure.rbac_writes";
// How far apart the lines of an edit and of what the aggregation controller makes of it may be.
constexpr audit::Duration kBefore = std::chrono::seconds{2}, kAfter = std::chrono::milliseconds{500};

// The objects of one application are created within this time of each other. A service account that wrote
// RBAC longer ago than this counts as automation.
constexpr audit::Duration kTogether = std::chrono::hours{1}, kUsual = std::chrono::hours{24};
constexpr std::string_view kNoReason;

// The author, by name: groups are not kept.
audit::User user_of(const Cause& cause) {
    audit::User user;
    user.username = cause.actor.user;
    if (cause.actor.user == "system:apiserver") user.groups = {rbac::kMasters};
    return user;
}

std::string key_of(uint64_t number) {
    return fmt::format("{:012}", number);
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
        if (auto edit = edit_behind(newest->cause.time)) return edit;
    }
    return newest->cause;
}

std::optional<Cause> Journal::edit_behind(audit::Time time) const {
    const Entry* nearest = nullptr;
    for (const Entry& entry : entries_) {
        if (entry.write.by_aggregator || !entry.write.roles || !entry.write.namespace_.empty()) continue;
        if (entry.cause.time < time - kBefore || entry.cause.time > time + kAfter) continue;
        if (!nearest || entry.cause.time >= nearest->cause.time) nearest = &entry;
    }
    return nearest ? std::optional(nearest->cause) : std::nullopt;
}

bool Journal::is_automation(const Entry& entry) const {
    const std::string& author = entry.cause.actor.user;
    if (entry.write.by_aggregator || rbac::is_control_plane(user_of(entry.cause), kNoReason)) return true;
    return rbac::service_account(author) &&
           std::any_of(entries_.begin(), entries_.end(), [&](const Entry& other) {
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
        if (rbac::is_control_plane(user_of(entry->cause), kNoReason)) return std::nullopt;
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
    state.scan(kTable, prefix, [&](std::string_view key, std::string_view value) {
        const Row row(value);
        auto cause = read_cause(row.find("cause"));
        if (!cause) return;
        rbac::Write write{.roles = row.flag("roles"),
                          .bindings = row.flag("bindings"),
                          .namespace_ = row.text("namespace"),
                          .names = {},
                          .removed = row.flag("removed"),
                          .created = row.flag("created"),
                          .object = {},
                          .by_aggregator = row.flag("by_aggregator")};
        if (const json::value* names = row.find("names"); names && names->is_array()) {
            for (const json::value& name : names->get_array()) {
                if (name.is_string()) write.names.emplace_back(name.get_string());
            }
        }
        const uint64_t number = std::stoull(std::string(key.substr(prefix.size())));
        entries_.push_back({number, std::move(write), std::move(*cause)});
        next_ = number + 1;
    });
    saved_to_ = next_;
    erased_to_ = entries_.empty() ? next_ : entries_.front().number;
}

void Journal::save(StateWriter& state, const std::string& prefix) {
    const uint64_t first = entries_.empty() ? next_ : entries_.front().number;
    for (; erased_to_ < first; ++erased_to_) {
        if (erased_to_ < saved_to_) state.erase(kTable, prefix + key_of(erased_to_));
    }
    for (const Entry& entry : entries_) {
        if (entry.number < saved_to_) continue;
        const json::object row{{"cause", cause_json(entry.cause)},
                               {"roles", entry.write.roles},
                               {"bindings", entry.write.bindings},
                               {"namespace", entry.write.namespace_},
                               {"names", json::array(entry.write.names.begin(), entry.write.names.end())},
                               {"removed", entry.write.removed},
                               {"created", entry.write.created},
                               {"by_aggregator", entry.write.by_aggregator}};
        state.put(kTable, prefix + key_of(entry.number), json::serialize(row));
    }
    saved_to_ = next_;
}

}  // namespace redshank::secrets
