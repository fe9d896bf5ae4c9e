#include "detectors/access/actor.h"

#include <algorithm>
#include <array>

#include "audit/normalise/stem.h"

namespace redshank::access {

namespace {

constexpr std::string_view kServiceAccount = "system:serviceaccount:";

// The controllers inside kube-controller-manager have their own accounts in kube-system
// (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go). Their tokens are never bound to a
// pod.
bool is_builtin_controller(std::string_view name) {
    static constexpr std::array<std::string_view, 6> kOthers{
        "generic-garbage-collector", "pod-garbage-collector",  "horizontal-pod-autoscaler",
        "persistent-volume-binder",  "root-ca-cert-publisher", "legacy-service-account-token-cleaner"};
    return name.ends_with("-controller") ||
           std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end() || name == "bootstrap-signer" ||
           name == "token-cleaner";
}

}  // namespace

std::string_view to_string(ActorClass actor_class) {
    static constexpr std::array<std::string_view, 5> kNames{"human", "service-account", "node",
                                                            "control-plane", "anonymous"};
    return kNames[static_cast<size_t>(actor_class)];
}

bool is_pod_bound(const audit::User& user) {
    return !user.extra_value("authentication.kubernetes.io/pod-name").empty();
}

Actor actor_from(const audit::User& user) {
    const std::string_view name = user.username;
    if (name == "system:anonymous") return {ActorClass::Anonymous, std::string(name), "anonymous", ""};
    if (name.starts_with(kServiceAccount)) {
        const std::string_view rest = name.substr(kServiceAccount.size());
        const size_t colon = std::min(rest.find(':'), rest.size());
        const std::string_view ns = rest.substr(0, colon);
        const std::string_view account = rest.substr(std::min(colon + 1, rest.size()));
        if (ns == "kube-system" && is_builtin_controller(account) && !is_pod_bound(user)) {
            return {ActorClass::ControlPlane, std::string(name), "control plane", "kube-system"};
        }
        // "$ns-app" in every namespace is one kind of account; so is "default".
        std::string kind(account);
        if (const size_t at = kind.find(ns); at != std::string::npos && !ns.empty())
            kind.replace(at, ns.size(), "$ns");
        return {ActorClass::ServiceAccount, audit::user_stem(name),
                "service accounts named " + audit::name_stem(kind), audit::namespace_stem(ns)};
    }
    if (name.starts_with("system:node:")) return {ActorClass::Node, std::string(name), "nodes", ""};
    if (name == "system:apiserver" || name.starts_with("system:kube-")) {
        return {ActorClass::ControlPlane, std::string(name), "control plane", ""};
    }
    for (const std::string_view group : user.groups) {
        if (!group.starts_with("system:"))
            return {ActorClass::Human, std::string(name), "group " + std::string(group), ""};
    }
    return {ActorClass::Human, std::string(name), "people without a group", ""};
}

}  // namespace redshank::access
