#include "detectors/access/action.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "audit/normalise/stem.h"
#include "core/request/helm.h"
#include "core/request/words.h"

namespace redshank::access {

namespace {

enum Verb : unsigned {
    Get = 1,
    List = 2,
    Watch = 4,
    Create = 8,
    Modify = 16,
    Delete = 32,
    DeleteMany = 64,
    Connect = 128
};
constexpr unsigned kWrite = Create | Modify | Delete | DeleteMany;
constexpr unsigned kAny = 255;

struct Sensitive {
    std::string_view resource;  // with subresource
    std::string_view group;
    unsigned verbs;
    int weight;
    Tactic tactic;
    std::string_view mitre;
    std::string_view only_in = {};  // a namespace
};

constexpr std::string_view kRbac = "rbac.authorization.k8s.io", kAdmission = "admissionregistration.k8s.io",
                           kCerts = "certificates.k8s.io";

// The short list that GuardDuty, Falco, Elastic and the RBAC good-practices page agree on. First match wins.
constexpr Sensitive kSensitive[] = {
    {"secrets", "", Get, 2, Tactic::CredentialAccess, "T1552.007"},
    {"secrets", "", List | Watch | DeleteMany, 4, Tactic::CredentialAccess, "T1552.007"},
    {"secrets", "", Modify, 3, Tactic::CredentialAccess, "T1552.007"},
    {"secrets", "", Create, 1, Tactic::Persistence, "T1098"},
    {"secrets", "", Delete, 2, Tactic::Impact, "T1485"},
    {"serviceaccounts/token", "", Create, 4, Tactic::CredentialAccess, "T1528"},
    {"pods/exec", "", kAny, 4, Tactic::Execution, "T1609"},
    {"pods/attach", "", kAny, 4, Tactic::Execution, "T1609"},
    {"pods/portforward", "", kAny, 3, Tactic::Execution, "T1572"},
    {"pods/ephemeralcontainers", "", Modify | Create, 4, Tactic::Execution, "T1609"},
    {"pods/proxy", "", kAny, 3, Tactic::Execution, "T1090"},
    {"services/proxy", "", kAny, 3, Tactic::Execution, "T1090"},
    {"nodes/proxy", "", kAny, 4, Tactic::Execution, "T1609"},
    {"clusterroles", kRbac, kWrite, 4, Tactic::PrivilegeEscalation, "T1098.006"},
    {"clusterrolebindings", kRbac, kWrite, 4, Tactic::PrivilegeEscalation, "T1098.006"},
    {"roles", kRbac, kWrite, 3, Tactic::PrivilegeEscalation, "T1098.006"},
    {"rolebindings", kRbac, kWrite, 3, Tactic::PrivilegeEscalation, "T1098.006"},
    {"clusterroles", kRbac, Get | List | Watch, 1, Tactic::Discovery, "T1069.003"},
    {"clusterrolebindings", kRbac, Get | List | Watch, 1, Tactic::Discovery, "T1069.003"},
    {"rolebindings", kRbac, Get | List | Watch, 1, Tactic::Discovery, "T1069.003"},
    {"certificatesigningrequests", kCerts, Create, 3, Tactic::Persistence, "T1098"},
    {"certificatesigningrequests", kCerts, Delete | DeleteMany, 2, Tactic::DefenseEvasion, "T1070"},
    {"certificatesigningrequests/approval", kCerts, Modify, 4, Tactic::Persistence, "T1098"},
    {"validatingwebhookconfigurations", kAdmission, kWrite, 4, Tactic::DefenseEvasion, "T1562.001"},
    {"mutatingwebhookconfigurations", kAdmission, kWrite, 4, Tactic::Persistence, "T1546"},
    {"validatingadmissionpolicies", kAdmission, kWrite, 4, Tactic::DefenseEvasion, "T1562.001"},
    {"validatingadmissionpolicybindings", kAdmission, kWrite, 4, Tactic::DefenseEvasion, "T1562.001"},
    {"mutatingadmissionpolicies", kAdmission, kWrite, 4, Tactic::Persistence, "T1546"},
    {"apiservices", "apiregistration.k8s.io", kWrite, 3, Tactic::Persistence, "T1546"},
    {"customresourcedefinitions", "apiextensions.k8s.io", kWrite, 1, Tactic::Persistence, "T1546"},
    {"flowschemas", "flowcontrol.apiserver.k8s.io", kWrite, 2, Tactic::Impact, "T1499"},
    {"prioritylevelconfigurations", "flowcontrol.apiserver.k8s.io", kWrite, 2, Tactic::Impact, "T1499"},
    {"networkpolicies", "networking.k8s.io", Modify | Delete | DeleteMany, 2, Tactic::DefenseEvasion,
     "T1562.007"},
    {"serviceaccounts", "", Create | Modify, 2, Tactic::Persistence, "T1136"},
    {"selfsubjectrulesreviews", "authorization.k8s.io", Create, 3, Tactic::Discovery, "T1613"},
    {"selfsubjectaccessreviews", "authorization.k8s.io", Create, 1, Tactic::Discovery, "T1613"},
    {"events", "", Delete | DeleteMany, 4, Tactic::DefenseEvasion, "T1070"},
    {"events", "events.k8s.io", Delete | DeleteMany, 4, Tactic::DefenseEvasion, "T1070"},
    {"pods", "", Create, 2, Tactic::Execution, "T1610"},
    {"pods", "", DeleteMany, 2, Tactic::Impact, "T1485"},
    {"daemonsets", "apps", Create | Modify, 3, Tactic::Persistence, "T1543.005"},
    {"deployments", "apps", Create | Modify, 2, Tactic::Execution, "T1610"},
    {"statefulsets", "apps", Create | Modify, 2, Tactic::Execution, "T1610"},
    {"cronjobs", "batch", Create | Modify, 3, Tactic::Persistence, "T1053.007"},
    {"jobs", "batch", Create, 2, Tactic::Execution, "T1610"},
    {"daemonsets", "apps", Delete | DeleteMany, 2, Tactic::Impact, "T1485"},
    {"deployments", "apps", Delete | DeleteMany, 1, Tactic::Impact, "T1485"},
    {"statefulsets", "apps", Delete | DeleteMany, 2, Tactic::Impact, "T1485"},
    {"persistentvolumeclaims", "", Delete | DeleteMany, 2, Tactic::Impact, "T1485"},
    {"persistentvolumes", "", Create, 2, Tactic::PrivilegeEscalation, "T1611"},
    {"namespaces", "", Delete | DeleteMany, 3, Tactic::Impact, "T1485"},
    {"namespaces", "", Modify, 1, Tactic::DefenseEvasion, "T1562.001"},
    {"nodes", "", Create | Delete | DeleteMany, 2, Tactic::Impact, "T1485"},
    {"configmaps", "", kWrite, 3, Tactic::Impact, "T1565.001", "kube-system"},
    {"configmaps", "", Get | List, 2, Tactic::Discovery, "T1613", "kube-system"},
};

Verb verb_of(std::string_view verb, std::string_view subresource) {
    if (subresource == "exec" || subresource == "attach" || subresource == "portforward" ||
        subresource == "proxy") {
        return Connect;
    }
    if (verb == "get") return Get;
    if (verb == "list") return List;
    if (verb == "watch") return Watch;
    if (verb == "create") return Create;
    if (verb == "delete") return Delete;
    if (verb == "deletecollection") return DeleteMany;
    return Modify;  // update, patch
}

std::string_view word(Verb verb) {
    switch (verb) {
        case Get:
            return "get";
        case List:
            return "list";
        case Watch:
            return "watch";
        case Create:
            return "create";
        case Delete:
            return "delete";
        case DeleteMany:
            return "delete all";
        case Connect:
            return "connect to";
        case Modify:
            break;
    }
    return "change";
}

const Sensitive* find_sensitive(std::string_view resource, std::string_view group, std::string_view ns,
                                Verb verb) {
    for (const Sensitive& row : kSensitive) {
        if (row.resource != resource || row.group != group || (row.verbs & verb) == 0) continue;
        if (row.only_in.empty() || row.only_in == ns) return &row;
    }
    return nullptr;
}

}  // namespace

std::span<const std::string_view> words_of(Tactic) {
    static constexpr std::array<std::string_view, 8> kNames{
        "",          "discovery", "credential access", "persistence", "privilege escalation",
        "execution", "impact",    "defence evasion"};
    return kNames;
}

std::string_view to_string(Tactic tactic) {
    return words_of(tactic)[static_cast<size_t>(tactic)];
}

std::string resource_of(const audit::ObjectRef& object) {
    std::string out;
    append_resource(out, object);
    return out;
}

void append_resource(std::string& out, const audit::ObjectRef& object) {
    out.append(object.resource);
    const bool is_builtin =
        object.api_group.find('.') == std::string_view::npos || object.api_group.ends_with(".k8s.io");
    if (!is_builtin) out.append(".").append(object.api_group);
    if (!object.subresource.empty()) out.append("/").append(object.subresource);
}

bool is_judged_by_name(const audit::ObjectRef& object) {
    static constexpr std::string_view kResources[] = {"secrets",
                                                      "configmaps",
                                                      "persistentvolumeclaims",
                                                      "persistentvolumes",
                                                      "volumeattachments",
                                                      "certificatesigningrequests",
                                                      "nodes",
                                                      "namespaces",
                                                      "rolebindings",
                                                      "clusterrolebindings"};
    return std::find(std::begin(kResources), std::end(kResources), object.resource) != std::end(kResources);
}

Action action_from(const Request& request) {
    const audit::Event& event = request.event;
    const Actor& actor = request.doer();
    const audit::ObjectRef& object = event.object;
    Verb verb = verb_of(event.verb, object.subresource);
    // Applied by the server (a patch), and new.
    if (verb == Modify && event.created_object() && object.subresource.empty()) verb = Create;
    Action action;
    std::string resource(object.resource);
    if (!object.subresource.empty()) resource.append("/").append(object.subresource);
    action.phrase = std::string(word(verb)) + " " + resource_of(object);
    action.refused =
        request.verdict == RequestVerdict::Forbidden || request.verdict == RequestVerdict::Unauthenticated;
    if (const Sensitive* row = find_sensitive(resource, object.api_group, object.namespace_, verb)) {
        action.weight = row->weight;
        action.tactic = row->tactic;
        action.mitre = row->mitre;
        if (object.resource == "secrets" && (verb & (Get | Modify)) != 0)
            action.thing = audit::name_stem(object.name);
    }
    // Helm keeps its releases in secrets of its own; they are configuration more than credentials.
    if (is_helm_release(object) || selects_helm_releases(event)) {
        action.phrase += " of helm releases";
        action.thing.clear();
        action.weight = std::min(action.weight, 1);
    }
    // A kubelet registers its node, asks for its certificates and clears away its pods.
    const bool is_kubelets = object.resource == "certificatesigningrequests" || object.resource == "nodes" ||
                             object.resource == "pods";
    if (actor.is(ActorClass::Node) && is_kubelets && object.subresource.empty()) action.weight = 0;

    action.happened = request.has_effect();
    if (request.is_dry_run && !action.happened) {  // nothing is reached by it
        action.weight = 0;
        action.key = action.phrase = "dry run of " + action.phrase;
        action.tactic = Tactic::None;
    }

    // A caller that creates objects also changes them; but the answer to a change of a Secret has its
    // content.
    const bool is_write =
        (verb == Create || verb == Modify) && object.resource != "secrets" && action.weight > 0;
    action.key = is_write ? "write " + resource_of(object) : action.phrase;
    if (action.refused) action.key = "refused: " + action.key;
    if (event.is_impersonated && !request.is_through()) action.key = "playing a machine: " + action.key;

    if (actor.is(ActorClass::ControlPlane) || actor.is(ActorClass::Node)) {
        action.scope = "any";  // they work everywhere; only what and from where can be unusual
    } else if (object.namespace_.empty() || object.resource == "namespaces") {
        action.scope = "cluster";
    } else {
        action.scope = audit::namespace_stem(object.namespace_);
        if (action.scope == actor.namespace_stem) action.scope = "own";
    }
    return action;
}

std::string scope_words(std::string_view scope, std::string_view namespace_) {
    if (scope == "own") return "in its own namespace";
    if (scope == "cluster" || scope == "any") return "for the whole cluster";
    return "in " + (scope == "a new namespace" ? std::string(scope) : name_words(namespace_));
}

}  // namespace redshank::access
