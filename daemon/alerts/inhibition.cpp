#include "daemon/alerts/inhibition.h"

#include <string>
#include <vector>

#include "core/finding/fields.h"
#include "core/state/key.h"

namespace redshank {

std::string Inhibition::key_of(const Finding& finding) {
    const std::string identity = actor_identity(finding);
    return identity.empty() ? identity : row_key({finding.cluster, identity});
}

bool Inhibition::holds_back(const Finding& finding, audit::Duration time, audit::Time now) {
    const std::string actor = key_of(finding);
    if (time.count() == 0 || actor.empty() || finding.status != FindingStatus::Firing) return false;
    if (finding.severity == Severity::Critical) {
        if (until_.is_full()) forget_past(now);
        if (!until_.is_full() || until_.contains(actor)) until_.change(actor).time = now + time;
        return false;
    }
    const ClockRow* until = until_.find(actor);
    return finding.severity <= Severity::Medium && until && now < until->time;
}

void Inhibition::forget_past(audit::Time now) {
    std::vector<std::string> past;
    until_.each([&](std::string_view actor, const ClockRow& until) {
        if (until.time <= now) past.emplace_back(actor);
    });
    for (const std::string& actor : past) until_.erase(actor);
}

void Inhibition::load(const StateReader& state, audit::Time now) {
    until_.load(state);
    forget_past(now);
}

}  // namespace redshank
