// The identity of a caller, derived once from the user object of an event (username, uid, groups, extra) and
// used by every room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank {

enum class ActorClass : uint8_t {
    // People, and programs with a name of their own. Also: a reserved name that Kubernetes itself does not
    // use (`system:kube-evil`, or a node's name without the group system:nodes); an identity of a cloud (ARN,
    // mail address); a front proxy or aggregated API server, whose certificate carries a name that the
    // installer chose.
    Human,
    ServiceAccount,
    Node,            // system:node:NAME in group system:nodes, as the Node authorizer requires
    ControlPlane,    // see Component
    Anonymous,       // allowed in without credentials: system:anonymous, or group system:unauthenticated
    BootstrapToken,  // system:bootstrap:ID, used by joining nodes
    Unauthenticated  // no user: authentication failed (401)
};

// "human", "service-account", "node", "control-plane", "anonymous", "bootstrap-token", "unauthenticated".
// Stored rows contain these words.
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

// How the caller authenticated, from user.extra (apiserver pkg/authentication/serviceaccount, request/x509).
enum class Credential : uint8_t { Unknown, PodToken, Token, Certificate };

struct Actor {
    ActorClass actor_class = ActorClass::Human;
    Component component = Component::None;
    Credential credential = Credential::Unknown;
    bool is_service_account = false;  // true for a built-in controller as well
    bool is_masters = false;          // in system:masters, for which RBAC is not evaluated
    // The name begins with "system:". Kubernetes reserves that prefix but cannot enforce it.
    bool has_reserved_name = false;

    std::string name;                 // as the server logs it; "" for Unauthenticated
    std::string namespace_, account;  // for a service account
    std::string bootstrap_id;         // for a BootstrapToken
    std::string credential_id;        // "JTI=…", "X509SHA256=…"; "" when the server does not log it

    // The key of habits: the name, in which generated parts of a service account's name are stemmed.
    std::string key;
    std::string peers;           // "group dev", "service accounts named $ns-app", "nodes"
    std::string namespace_stem;  // of a service account's namespace
    uint64_t symbol = 0;         // see SymbolTable

    bool is(ActorClass other) const { return actor_class == other; }
    // A service account, by the token of a Pod: what runs in the cluster.
    bool is_pod() const { return is(ActorClass::ServiceAccount) && credential == Credential::PodToken; }
    // True for a caller without an identity, or with one that the server does not accept.
    bool is_nobody() const { return is(ActorClass::Anonymous) || is(ActorClass::Unauthenticated); }
    // The API server's own client, which has all rights through system:masters.
    bool is_loopback() const { return component == Component::ApiServer && is_masters; }
    // The components whose work requires reading Secrets, which RBAC allows them: the loopback client,
    // kube-controller-manager, kube-scheduler, the built-in controllers. Not kube-proxy, whose credential is
    // on every node, and not a cloud's controller manager: neither needs Secrets.
    bool is_core_component() const;
};

Actor actor_from(const audit::User& user);

}  // namespace redshank
