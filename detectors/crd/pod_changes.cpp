#include "detectors/crd/pod_changes.h"

#include <string>

#include "core/state/key.h"

namespace redshank::crd {

namespace {

constexpr audit::Duration kSlot = std::chrono::minutes{10};

int64_t slot_of(audit::Time time) {
    return time.time_since_epoch() / kSlot;
}

bool changes_pod(const Request& request) {
    const audit::Event& event = request.event;
    if (!event.object.present || !event.object.api_group.empty() || event.object.resource != "pods" ||
        !event.succeeded() || event.is_dry_run()) {
        return false;
    }
    const std::string_view part = event.object.subresource, verb = event.verb;
    if (part == "status") {
        return (verb == "patch" || verb == "update") &&
               (request.actor.is(ActorClass::Node) || request.actor.is(ActorClass::ControlPlane));
    }
    return (part.empty() && verb.starts_with("delete")) || (part == "eviction" && verb == "create");
}

std::string key_of(std::string_view cluster, std::string_view namespace_) {
    return row_key({cluster, namespace_});
}

}  // namespace

void PodSlots::add(audit::Time time) {
    const int64_t slot = slot_of(time);
    if (slot > newest) {
        bits = slot - newest < kCount ? bits << (slot - newest) : 0;
        newest = slot;
    }
    if (newest - slot < kCount) bits |= uint64_t{1} << (newest - slot);
}

bool PodSlots::has_about(audit::Time time) const {
    const int64_t back = newest - slot_of(time);
    const auto has = [this](int64_t at) { return at >= 0 && at < kCount && (bits >> at & 1) != 0; };
    return has(back) || has(back - 1);
}

void PodChanges::learn(std::string_view cluster, const Request& request) {
    if (!changes_pod(request)) return;
    slots_.change(key_of(cluster, request.event.object.namespace_)).add(request.event.stage_time);
}

bool PodChanges::about(audit::Time time, std::string_view cluster, std::string_view namespace_) const {
    const PodSlots* found = slots_.find(key_of(cluster, namespace_));
    return found != nullptr && found->has_about(time);
}

}  // namespace redshank::crd
