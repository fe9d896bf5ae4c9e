#include "core/request/actor.h"

#include <array>

#include "audit/normalise/stem.h"
#include "core/request/names.h"

namespace redshank {

namespace {

Credential credential_of(const audit::User& user, std::string_view id) {
    if (!user.extra_value("authentication.kubernetes.io/pod-name").empty()) return Credential::PodToken;
    if (id.starts_with("JTI=")) return Credential::Token;
    return id.starts_with("X509SHA256=") ? Credential::Certificate : Credential::Unknown;
}

Component component_of(std::string_view name) {
    if (name == kApiServer) return Component::ApiServer;
    if (name == kControllerManager) return Component::ControllerManager;
    if (name == kScheduler) return Component::Scheduler;
    if (name == kProxy) return Component::Proxy;
    return name == kCloudControllerManager ? Component::CloudControllerManager : Component::None;
}

// A Pod with a token of a built-in controller's account is not that controller: someone gave the Pod the
// account.
void tell_account(const ServiceAccount& account, Actor& actor) {
    actor.is_service_account = true;
    actor.namespace_ = account.namespace_;
    actor.account = account.name;
    actor.namespace_stem = audit::namespace_stem(account.namespace_);
    if (is_builtin_controller(account) && actor.credential != Credential::PodToken) {
        actor.actor_class = ActorClass::ControlPlane;
        actor.component = Component::Controller;
        actor.peers = "control plane";
        return;
    }
    actor.actor_class = ActorClass::ServiceAccount;
    actor.key = audit::user_stem(actor.name);
    // "$ns-app" in every namespace is one kind of account, as "default" is.
    std::string kind(account.name);
    if (const size_t at = kind.find(account.namespace_); at != kind.npos && !account.namespace_.empty())
        kind.replace(at, account.namespace_.size(), "$ns");
    actor.peers = "service accounts named " + audit::name_stem(kind);
}

void tell_person(const audit::User& user, Actor& actor) {
    actor.peers = "people without a group";
    for (const std::string_view group : user.groups) {
        if (group.starts_with(kReservedPrefix)) continue;
        actor.peers = "group " + std::string(group);
        return;
    }
}

void tell_class(const audit::User& user, Actor& actor) {
    const std::string_view name = user.username;
    if (name.empty()) {
        actor.actor_class = ActorClass::Unauthenticated;
        actor.peers = "unauthenticated";
    } else if (name == kAnonymous || user.in_group(kUnauthenticated)) {
        actor.actor_class = ActorClass::Anonymous;
        actor.peers = "anonymous";
    } else if (const auto account = service_account(name)) {
        tell_account(*account, actor);
    } else if (name.starts_with(kNodePrefix) && user.in_group(kNodes)) {
        actor.actor_class = ActorClass::Node;
        actor.peers = "nodes";
    } else if (name.starts_with(kBootstrapPrefix)) {
        actor.actor_class = ActorClass::BootstrapToken;
        actor.bootstrap_id = name.substr(kBootstrapPrefix.size());
        actor.peers = "bootstrap tokens";
    } else if (actor.component = component_of(name); actor.component != Component::None) {
        actor.actor_class = ActorClass::ControlPlane;
        actor.peers = "control plane";
    } else {
        tell_person(user, actor);
    }
}

}  // namespace

std::string_view to_string(ActorClass actor_class) {
    static constexpr std::array<std::string_view, 7> kNames{
        "human",     "service-account", "node",           "control-plane",
        "anonymous", "bootstrap-token", "unauthenticated"};
    return kNames[static_cast<size_t>(actor_class)];
}

bool Actor::is_core_component() const {
    return is_loopback() || component == Component::ControllerManager || component == Component::Scheduler ||
           component == Component::Controller;
}

Actor actor_from(const audit::User& user) {
    Actor actor;
    actor.name = actor.key = user.username;
    actor.has_reserved_name = user.username.starts_with(kReservedPrefix);
    actor.is_masters = user.in_group(kMasters);
    actor.credential_id = user.extra_value("authentication.kubernetes.io/credential-id");
    actor.credential = credential_of(user, actor.credential_id);
    tell_class(user, actor);
    return actor;
}

}  // namespace redshank
