// Who acts, in the form in which habits are kept.
#pragma once

#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank::access {

enum class ActorClass : uint8_t { Human, ServiceAccount, Node, ControlPlane, Anonymous };

std::string_view to_string(ActorClass actor_class);

struct Actor {
    ActorClass actor_class = ActorClass::Human;
    std::string key;         // user name; of a service account with generated parts stemmed
    std::string peers;       // peer group: "group dev", "service accounts named $ns-app", "nodes"
    std::string namespace_;  // stem of a service account's own namespace, else ""
};

// The sender, whoever he may impersonate.
Actor actor_from(const audit::User& user);

// Whether requests on this account carry a token that is bound to a pod.
bool is_pod_bound(const audit::User& user);

}  // namespace redshank::access
