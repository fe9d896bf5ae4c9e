#include "detectors/access/started.h"

#include "core/state/key.h"
#include "detectors/hour.h"

namespace redshank::access {

namespace {

std::string key_of_pod(const Look& look, std::string_view ns, std::string_view name) {
    return row_key({look.observation.origin.cluster, ns, name});
}

}  // namespace

bool StartedPods::is_start(const audit::Event& event) {
    const audit::ObjectRef& object = event.object;
    const bool is_pod = object.resource == "pods" && object.api_group.empty();
    const bool is_job = object.resource == "jobs" && object.api_group == "batch";
    return (is_pod || is_job) && event.created_object() && object.subresource.empty() && !object.name.empty();
}

void StartedPods::note(const Look& look, bool is_vouched) {
    const audit::ObjectRef& object = look.event().object;
    const std::string key = key_of_pod(look, object.namespace_, object.name);
    if (is_vouched) {
        rows_.change(key) = {look.time().time_since_epoch().count(), std::string(look.user())};
    } else {
        rows_.erase(key);
    }
}

const StartedRow* StartedPods::of(const Look& look) const {
    if (!look.actor.is_pod() || look.event().is_impersonated || is_refusal(look.request().verdict))
        return nullptr;
    const std::string_view pod = look.event().user.extra_value("authentication.kubernetes.io/pod-name");
    const std::string_view ns = look.actor.namespace_;
    const StartedRow* row = rows_.find(key_of_pod(look, ns, pod));
    if (row == nullptr) row = rows_.find(key_of_pod(look, ns, pod.substr(0, pod.rfind('-'))));
    return row != nullptr && look.time().time_since_epoch().count() - row->time < kHour ? row : nullptr;
}

}  // namespace redshank::access
