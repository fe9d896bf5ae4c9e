#include "detectors/by_rule/bindings.h"

#include "core/request/rights.h"
#include "core/request/verbs.h"
#include "detectors/by_rule/habit.h"
#include "detectors/by_rule/memory.h"

namespace redshank::by_rule {

namespace {

constexpr size_t kMostKnown = 4096;
constexpr auto kWatched = std::chrono::days{7};  // a log as old as this has shown the bindings in use
constexpr auto kNew = std::chrono::hours{24};    // so long a binding is new
constexpr auto kGiven = std::chrono::days{7};    // so long it is known who gave it

bool is_binding(const audit::ObjectRef& object) {
    return object.api_group == "rbac.authorization.k8s.io" && !object.name.empty() &&
           (object.resource == "rolebindings" || object.resource == "clusterrolebindings");
}

std::string key_of(const Observation& observation) {
    const audit::ObjectRef& object = observation.event.object;
    const bool has_namespace = object.resource == "rolebindings";
    return object_key(observation.origin.cluster, has_namespace ? object.namespace_ : std::string_view(),
                      object.name);
}

// The row that is there when the log has shown the writing of any binding: no binding has an empty name.
std::string writes_key(std::string_view cluster) {
    return object_key(cluster, {}, {});
}

}  // namespace

BindingRow& Bindings::row(const std::string& key, audit::Time now) {
    BindingRow& out = rows_.change(key, [this](std::string_view, const BindingRow&) { known_.clear(); });
    if (out.first == audit::Time{}) out.first = now;
    return out;
}

void Bindings::see(const Observation& observation, audit::Time since, rules::Beside& beside) {
    given_.reset();
    const auto& grant = observation.request.grant();
    // A binding of another authorizer is no object that the log could show being made.
    if (grant && grant->is_rbac() && !grant->binding_name.empty())
        see_grant(observation, *grant, since, beside);
    if (!is_binding(observation.event.object)) return;
    const BindingRow* known = rows_.find(key_of(observation));
    if (known != nullptr) beside.binding_role = known->role;
    beside.gives_everything = observation.request.gives_great_role || (known != nullptr && known->is_great);
}

void Bindings::see_grant(const Observation& observation, const audit::Grant& grant, audit::Time since,
                         rules::Beside& beside) {
    const std::string_view cluster = observation.origin.cluster;
    const uint64_t symbol = observation.request.reason.symbol;  // of one cluster: see ClusterEngine
    const bool is_great = observation.request.is_by_great_role;
    const auto at = known_.find(symbol);
    if (at != known_.end() && at->second == nullptr && !is_great) return;
    const BindingRow* known = at == known_.end() ? nullptr : at->second;
    const auto is_as_known = [&] {
        return known != nullptr && known->role == grant.role_name && (known->is_great || !is_great);
    };
    if (!is_as_known()) {
        const std::string key = object_key(cluster, grant.binding_namespace, grant.binding_name);
        known = rows_.find(key);
        if (!is_as_known()) {
            BindingRow& changed = row(key, observation.now);
            changed.is_great = is_great || (changed.is_great && changed.role == grant.role_name);
            changed.role = grant.role_name;
            known = &changed;
        }
    }
    const bool is_new = observation.now < known->first + kNew;
    const bool is_late = !known->is_made && is_new && known->first >= since + kWatched;
    // A log that never shows the writing of a binding (a policy without it, another server's) shows nothing
    // by not showing it.
    beside.is_unseen_grant = is_late && rows_.contains(writes_key(cluster));
    const bool is_installed = known->is_installed && observation.now < known->first + kGiven;
    if (is_installed && is_program(observation.request)) {
        const std::string& agent = observation.request.agent.product;
        if (known->agent.empty())
            row(object_key(cluster, grant.binding_namespace, grant.binding_name), observation.now).agent =
                agent;
        beside.is_installed_grant = is_new;
        if (!is_new && known->agent == agent) given_ = observation.now - known->first;
    }
    if (known_.size() >= kMostKnown) known_.clear();
    known_[symbol] = beside.is_unseen_grant || is_installed ? known : nullptr;
}

bool Bindings::is_write(const audit::Event& event) {
    return is_binding(event.object) && event.object.subresource.empty() && event.succeeded() &&
           changes_object(event.verb);
}

void Bindings::learn(const Observation& observation, rules::Context& context) {
    if (context.is_dry_run()) return;
    const audit::Event& event = observation.event;
    const std::string key = key_of(observation);
    known_.clear();
    if (event.verb == "delete") {
        rows_.change(writes_key(observation.origin.cluster)).first = observation.now;
        rows_.erase(key);
        return;
    }
    static const rules::Path kRole{.steps = {{.key = "roleRef"}, {.key = "name"}}};
    rules::Values roles;
    context.body_values(rules::Body::Request, kRole, roles);
    if (roles.empty()) context.body_values(rules::Body::Response, kRole, roles);
    rows_.change(writes_key(observation.origin.cluster)).first = observation.now;
    BindingRow& written = row(key, observation.now);
    written.is_made = written.is_made || event.created_object();
    // Whoever else changes it takes that away.
    const bool installs = context.beside().installs || is_by_cluster_admin(observation.request);
    written.is_installed = installs && (event.created_object() || written.is_installed);
    if (roles.empty()) return;
    written.role = std::string(roles.front().text);
    written.is_great = observation.request.gives_great_role;
}

}  // namespace redshank::by_rule
