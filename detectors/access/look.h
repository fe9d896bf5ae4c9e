#pragma once

#include <string>
#include <string_view>

#include "core/request/observation.h"
#include "detectors/access/action.h"
#include "detectors/access/last_access.h"
#include "detectors/webhooks.h"

namespace redshank::access {

// One answered request in normalised form, shared by the parts of this detector; valid during observe().
struct Look {
    const Observation& observation;
    const Actor& actor;     // whom the request acts as: owns habits, scores and stories
    const Actor& sender;    // who sent it: the actor, or a proxy
    Action action;          // empty for non-resource URLs
    std::string_view peer;  // the source address that is trusted
    const std::string &network, &client;
    Acquaintance before;                                  // what was known of the actor before this request
    bool learning = false;                                // findings that need a habit are not reported yet
    bool is_explained = false;                            // by an Explanation, so that it counts nowhere
    bool is_first_use = false;                            // see Novelty::is_first_use
    bool is_own_network = false;                          // of a person: one where he has long been
    bool is_novel = false;                                // the model has a candidate
    Webhooks::Change webhooks = Webhooks::Change::Other;  // what a write of webhooks changes
    bool looks_around = false;                            // see LookingAround
    bool has_been_admin = false;                          // see Novelty::has_been_admin
    // The credential is used from several places, possibly by two people: their actions are kept apart.
    bool is_disputed = false;

    const audit::Event& event() const { return observation.event; }
    const Request& request() const { return observation.request; }
    std::string_view user() const { return request().doer_user().username; }
    audit::Time time() const { return observation.event.stage_time; }
    // The cluster's clock, microseconds.
    int64_t now() const { return observation.now.time_since_epoch().count(); }
    bool is_newcomer() const { return before.requests == 0; }
    // `kubectl auth can-i --as`, `whoami --as`: the sender asks what another may do, or is called. It is no
    // act of the other's.
    bool asks_for_another() const {
        const audit::ObjectRef& object = event().object;
        return event().is_impersonated && object.resource.starts_with("selfsubject") &&
               (object.api_group == "authorization.k8s.io" || object.api_group == "authentication.k8s.io");
    }
    // A dashboard that a person opens for the first time lists whatever there is, from where they always are.
    // It asks for no object by its name, and for nothing but a look.
    bool opens_a_dashboard() const {
        const audit::ObjectRef& object = event().object;
        return is_first_use && is_own_network && !event().is_impersonated && object.present &&
               object.name.empty() && object.subresource.empty() &&
               (event().verb == "list" || event().verb == "watch");
    }
    // A machine that joins: by a bootstrap token, or a kubelet by an account that has the role for it (built
    // in: plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
    bool is_joining() const {
        const auto& grant = request().grant();
        return actor.is(ActorClass::BootstrapToken) ||
               (actor.is(ActorClass::ServiceAccount) && client == "kubelet" && grant &&
                grant->is_cluster_wide() && grant->role_name == "system:node-bootstrapper");
    }
    // For how long the actor has been known.
    audit::Duration known_for() const {
        return is_newcomer() ? audit::Duration{} : time() - audit::Time{audit::Duration{before.first}};
    }
};

}  // namespace redshank::access
