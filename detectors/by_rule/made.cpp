#include "detectors/by_rule/made.h"

#include "core/finding/finding.h"
#include "detectors/by_rule/memory.h"

namespace redshank::by_rule {

namespace {

std::string made_key(const Observation& observation) {
    const audit::ObjectRef& object = observation.event.object;
    return std::string(observation.origin.cluster) + kRuleKeySeparator +
           finding_id({object.api_group, object.resource, object.namespace_, object.name}).substr(2, 16);
}

}  // namespace

std::optional<double> Made::see(const Observation& observation, bool answers) {
    const audit::Event& event = observation.event;
    if (!answers || event.object.name.empty() || !event.object.subresource.empty()) return {};
    const bool is_made = event.created_object();
    if (!is_made && event.verb != "delete") return {};
    if (observation.request.effective.is(ActorClass::ControlPlane) || event.object.resource == "events")
        return {};
    const std::string& user = observation.request.effective.name;
    const std::string key = made_key(observation);
    if (is_made) {
        rows_.change(key) = {user, observation.now};
        return {};
    }
    const MadeRow* row = rows_.find(key);
    if (row == nullptr || row->user != user) return {};
    return std::chrono::duration<double>(observation.now - row->time).count();
}

}  // namespace redshank::by_rule
