#include "detectors/by_rule/made.h"

#include <algorithm>

#include <boost/json.hpp>

#include "audit/normalise/stem.h"
#include "core/state/json_fields.h"
#include "core/state/key.h"
#include "detectors/by_rule/memory.h"
#include "detectors/short_hash.h"

namespace redshank::by_rule {

namespace {

constexpr auto kFresh = std::chrono::hours{1}, kSetUp = std::chrono::hours{24};
constexpr std::string_view kSystem = "kube-system";

std::string made_key(std::string_view cluster, std::string_view group, std::string_view resource,
                     std::string_view namespace_, std::string_view name) {
    // A namespace is in itself by some requests.
    if (resource == "namespaces") namespace_ = {};
    return std::string(cluster) + kKeyMark + short_hash({group, resource, namespace_, name}, 16);
}

// The name of a namespace that was made with generateName is in the answer only.
std::string made_name(const audit::Event& event) {
    if (!event.object.name.empty() || event.object.resource != "namespaces" || event.response_object.empty())
        return std::string(event.object.name);
    return object_name(parse_body(event.response_object));
}

}  // namespace

std::optional<double> Made::see(const Observation& observation, bool answers) {
    const audit::Event& event = observation.event;
    if (!answers || !event.object.subresource.empty()) return {};
    const bool is_made = event.created_object();
    const bool is_changed =
        event.object.resource == "namespaces" && (event.verb == "patch" || event.verb == "update");
    if (!is_made && !is_changed && event.verb != "delete") return {};
    const bool is_system = event.object.resource == "namespaces" && event.object.name == kSystem;
    if ((observation.request.effective.is(ActorClass::ControlPlane) && !is_system) ||
        event.object.resource == "events")
        return {};
    const std::string& user = observation.request.effective.name;
    const std::string name = made_name(event);
    if (name.empty()) return {};
    const audit::ObjectRef& object = event.object;
    const std::string key =
        made_key(observation.origin.cluster, object.api_group, object.resource, object.namespace_, name);
    if (is_made) {
        rows_.change(key) = {user, observation.now};
        return {};
    }
    const MadeRow* row = rows_.find(key);
    if (row == nullptr || row->user != user) return {};
    return std::chrono::duration<double>(observation.now - row->time).count();
}

bool Made::deletes_anothers(const Observation& observation, const std::optional<double>& own_age) {
    const audit::Event& event = observation.event;
    if (event.object.resource != "namespaces" || event.verb != "delete" || !event.succeeded() ||
        !event.object.subresource.empty() || !observation.request.has_effect() || event.object.name.empty() ||
        observation.request.effective.is(ActorClass::ControlPlane)) {
        return false;
    }
    const std::string key = row_key({observation.origin.cluster, observation.request.effective.name});
    const TidyRow* known = tidy_.find(key);
    if (known == nullptr && !own_age) return false;
    const std::string family = audit::namespace_stem(event.object.name);
    const bool is_usual = known != nullptr && std::find(known->families.begin(), known->families.end(),
                                                        family) != known->families.end();
    if (own_age) {
        TidyRow& tidy = tidy_.change(key);
        tidy.last = observation.now;
        ++tidy.own;
        if (!is_usual && tidy.families.size() < TidyRow::kMostFamilies) tidy.families.push_back(family);
        return false;
    }
    return !is_usual && known->own >= TidyRow::kTidy;
}

const MadeRow* Made::own_namespace(std::string_view namespace_, const Observation& observation) const {
    const MadeRow* row = rows_.find(made_key(observation.origin.cluster, {}, "namespaces", {}, namespace_));
    return row != nullptr && row->user == observation.request.effective.name ? row : nullptr;
}

bool Made::is_own(std::string_view namespace_, const Observation& observation) const {
    return own_namespace(namespace_, observation) != nullptr;
}

bool Made::is_fresh(std::string_view namespace_, const Observation& observation) const {
    const MadeRow* row = own_namespace(namespace_, observation);
    return row != nullptr && observation.now < row->time + kFresh;
}

bool Made::is_new_cluster(const Observation& observation) const {
    const MadeRow* row = rows_.find(made_key(observation.origin.cluster, {}, "namespaces", {}, kSystem));
    return row != nullptr && observation.now < row->time + kSetUp;
}

}  // namespace redshank::by_rule
