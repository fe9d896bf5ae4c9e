// The effect of a successful request on RBAC objects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/request/request.h"
#include "detectors/rbac/mirror.h"

namespace redshank::rbac {

// Roles and bindings themselves.
inline bool is_rbac_object(const audit::ObjectRef& object) {
    return object.api_group == "rbac.authorization.k8s.io" && object.subresource.empty();
}

struct Write {
    bool roles = false, bindings = false;  // the kinds that changed; both when a namespace is deleted
    std::string namespace_;                // "" for the cluster-wide kinds
    std::vector<std::string> names;        // empty: all of the namespace
    bool removed = false;
    bool created = false;          // answered 201: it did not exist before
    std::optional<Object> object;  // the new state; nothing when the log does not show it
    bool by_aggregator = false;    // by the controller that fills aggregated ClusterRoles

    bool touches_binding(std::string_view namespace_, std::string_view name) const;
    bool touches_role(std::string_view namespace_, std::string_view name) const;
};

// Nothing for reads, failures, dry runs, and requests that are not about RBAC. The new state is taken from
// body that shows all of it (audit::Event::whole_object()). Call it with events that answer a request only.
std::optional<Write> read_write(const Request& request);

// The creation of a namespace or service account, with neither roles nor bindings set.
std::optional<Write> read_birth(const audit::Event& event);

// The objects in the response of a get or list of RBAC, at RequestResponse; empty for all other events.
std::vector<Object> read_shown(const audit::Event& event);

// Brings the mirror up to date: an object whose new state the log does not show becomes unknown. Returns the
// keys of the bindings whose effect may have changed.
Mirror::Keys apply(const Write& write, Mirror& mirror, audit::Time now);

}  // namespace redshank::rbac
