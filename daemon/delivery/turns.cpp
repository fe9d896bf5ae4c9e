#include "daemon/delivery/turns.h"

#include <algorithm>

#include "core/finding/fields.h"
#include "core/state/key.h"

namespace redshank {

std::string owner_of(const Alert& alert) {
    std::string owner = actor_owner(alert.finding);
    if (!owner.empty() || !alert.incident) return owner;
    const Incident& incident = *alert.incident;
    Finding began{.cluster = incident.cluster, .actor = FindingActor{}};
    began.actor->user = incident.origin.user;
    began.actor->source_ip = incident.origin.source_ip;
    if (began.actor->user.empty()) {
        if (incident.actors.names.empty()) return {};
        began.actor->user = incident.actors.names.front();
    }
    return actor_owner(began);
}

// What is in no namespace is told apart in the same way, all of it together: groups and resources have names
// that anybody chooses who makes them.
std::string Turns::object_owner(const Alert& alert) const {
    const Finding& finding = alert.finding;
    const FindingObject& what = finding.what();
    const std::string together = row_key({finding.cluster, finding.detector, what.namespace_, ""});
    const std::string own = together + what.group + '/' + what.resource + '/' + what.name;
    if (owners_.contains({alert.severity, own})) return own;
    size_t others = 0;
    for (auto at = owners_.upper_bound({alert.severity, together});
         at != owners_.end() && at->first.first == alert.severity && at->first.second.starts_with(together) &&
         others < kMostObjects;
         ++at) {
        ++others;
    }
    return others < kMostObjects ? own : together;
}

std::string_view Turns::payer(const QueuedAlert& item) {
    const std::string_view owner = item.owner;
    return item.is_attributed ? owner : owner.substr(0, owner.rfind(kKeyMark) + 1);
}

void Turns::enter(QueuedAlert& item) {
    item.owner = owner_of(item.alert);
    item.is_attributed = !item.owner.empty();
    if (!item.is_attributed) item.owner = object_owner(item.alert);
    Owner& owner = owners_[{item.alert.severity, item.owner}];
    ++owner.waiting;
    item.turn = std::max(owner.next, rounds_[item.alert.severity].turn);
    owner.next = item.turn + 1;
}

void Turns::leave(const QueuedAlert& item) {
    const auto owner = owners_.find({item.alert.severity, item.owner});
    if (owner == owners_.end() || --owner->second.waiting > 0) return;
    Round& round = rounds_[item.alert.severity];
    if (owner->second.next > round.turn) {
        round.idle.insert(item.owner);
    } else {
        owners_.erase(owner);
    }
}

void Turns::serve(const QueuedAlert& item) {
    Round& round = rounds_[item.alert.severity];
    if (item.turn <= round.turn) return;
    round.turn = item.turn;
    for (const std::string& name : std::exchange(round.idle, {})) {
        const auto owner = owners_.find({item.alert.severity, name});
        if (owner != owners_.end() && owner->second.waiting == 0) owners_.erase(owner);
    }
}

}  // namespace redshank
