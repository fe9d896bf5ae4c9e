// Who acts: told once from the user object of an event (username, uid, groups, extra), and asked by every
// room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank {

enum class ActorClass : uint8_t {
    // People, and programs with a name of their own: also an identity under a reserved name that Kubernetes
    // does not use (`system:kube-evil`, a node's name without the group system:nodes), a cloud's (ARN, mail
    // address) and a front proxy's or aggregated API server's, which no name tells apart: their certificates
    // carry whatever name the installer chose.
    Human,
    ServiceAccount,
    Node,            // system:node:NAME in group system:nodes, as the Node authorizer has it
    ControlPlane,    // the components below
    Anonymous,       // let in without credentials: system:anonymous, or the group system:unauthenticated
    BootstrapToken,  // system:bootstrap:ID, with which nodes join
    Unauthenticated  // no user: nobody whom the server knows (401)
};

// "human", "service-account", "node", "control-plane", "anonymous", "bootstrap-token", "unauthenticated".
// Kept in the state.
std::string_view to_string(ActorClass actor_class);

enum class Component : uint8_t {
    None,
    ApiServer,  // system:apiserver
    ControllerManager,
    Scheduler,
    Proxy,
    CloudControllerManager,
    Controller,  // a built-in controller under its own service account
};

// How the caller showed who it is, from user.extra (apiserver pkg/authentication/serviceaccount,
// request/x509).
enum class Credential : uint8_t { Unknown, PodToken, Token, Certificate };

struct Actor {
    ActorClass actor_class = ActorClass::Human;
    Component component = Component::None;
    Credential credential = Credential::Unknown;
    bool is_service_account = false;  // also a built-in controller
    bool is_masters = false;          // in system:masters: RBAC is not asked
    // A name that begins with "system:", which Kubernetes keeps for itself but cannot defend.
    bool has_reserved_name = false;

    std::string name;                 // as the server says it; "" for Unauthenticated
    std::string namespace_, account;  // of a service account
    std::string bootstrap_id;         // of a BootstrapToken
    std::string credential_id;        // "JTI=…", "X509SHA256=…"; "" when the server does not say

    // The form in which habits are kept: generated parts of a service account's name are stemmed.
    std::string key;
    std::string peers;           // "group dev", "service accounts named $ns-app", "nodes"
    std::string namespace_stem;  // of a service account's namespace
    uint64_t symbol = 0;         // see SymbolTable

    bool is(ActorClass other) const { return actor_class == other; }
    // Nobody said who it is, or nobody knows it.
    bool is_nobody() const { return is(ActorClass::Anonymous) || is(ActorClass::Unauthenticated); }
    // The API server's own client, which holds all rights by system:masters.
    bool is_loopback() const { return component == Component::ApiServer && is_masters; }
    // The control plane's components that RBAC lets read Secrets for their work: the loopback client,
    // kube-controller-manager, kube-scheduler, the built-in controllers. Not kube-proxy, whose credential
    // lies on every node, and not a cloud's controller manager: neither needs one.
    bool is_core_component() const;
};

Actor actor_from(const audit::User& user);

}  // namespace redshank
