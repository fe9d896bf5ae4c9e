#include "daemon/alerts/inhibition.h"

#include <charconv>

#include "daemon/alerts/fields.h"

namespace redshank {

namespace {

constexpr std::string_view kTable = "alerts.inhibitions";  // "CLUSTER␟ACTOR" → until when, microseconds

}  // namespace

bool Inhibition::holds_back(const Finding& finding, audit::Duration time, audit::Time now) {
    const std::string identity = actor_identity(finding);
    if (time.count() == 0 || identity.empty() || finding.status != FindingStatus::Firing) return false;
    const std::string actor = finding.cluster + '\x1f' + identity;
    if (finding.severity == Severity::Critical) {
        if (until_.size() >= kMaxActors) forget_past(now);
        if (until_.size() < kMaxActors || until_.contains(actor)) {
            until_[actor] = now + time;
            changed_.insert(actor);
        }
        return false;
    }
    const auto until = until_.find(actor);
    return finding.severity <= Severity::Medium && until != until_.end() && now < until->second;
}

void Inhibition::forget_past(audit::Time now) {
    std::erase_if(until_, [&](const auto& entry) {
        if (entry.second > now) return false;
        changed_.insert(entry.first);
        return true;
    });
}

void Inhibition::load(const StateReader& state, audit::Time now) {
    state.scan(kTable, "", [&](std::string_view actor, std::string_view value) {
        int64_t micros = 0;
        std::from_chars(value.data(), value.data() + value.size(), micros);
        until_[std::string(actor)] = audit::Time{audit::Duration{micros}};
    });
    forget_past(now);
}

void Inhibition::save(StateWriter& state) {
    for (const std::string& actor : changed_) {
        const auto until = until_.find(actor);
        if (until == until_.end()) {
            state.erase(kTable, actor);
        } else {
            state.put(kTable, actor, std::to_string(until->second.time_since_epoch().count()));
        }
    }
    changed_.clear();
}

}  // namespace redshank
