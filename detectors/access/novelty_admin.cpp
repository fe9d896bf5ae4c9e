// What persons do whose role it is: who has all rights keeps the cluster, helps the teams and makes tokens.
#include "core/request/rights.h"
#include "detectors/access/novelty_questions.h"
#include "detectors/rbac/reach.h"
#include "detectors/rbac/write.h"

namespace redshank::access {

namespace {

constexpr int64_t kTeam = 3;  // people who do the same in one namespace
constexpr audit::Duration kHostLasts = std::chrono::hours{24};

bool is_entry(const audit::ObjectRef& object) {
    return object.resource == "pods" && (object.subresource == "exec" || object.subresource == "attach" ||
                                         object.subresource == "portforward");
}

}  // namespace

// By ClusterRole cluster-admin in the whole cluster or the like, or as one of system:masters.
bool Novelty::has_all_rights(const Look& look) const {
    return look.request().grant() ? is_through_cluster_admin(look.request()) : look.actor.is_masters;
}

bool Novelty::has_been_admin(const Look& look) const {
    return is_refusal(look.request().verdict) && !look.event().is_impersonated && is_own_network(look) &&
           is_settled(look, 'g', kAllRights);
}

void Novelty::note_host(const Look& look) {
    control_hosts_.note(look.observation);
    if (!look.sender.is(ActorClass::Node) || look.event().is_impersonated ||
        is_refusal(look.request().verdict)) {
        return;
    }
    const std::string key = key_in_cluster(look, look.peer);
    const int64_t now = look.time().time_since_epoch().count();
    const HabitCell* known = node_hosts_.find(key);
    if (known != nullptr && now - known->last < audit::Duration{std::chrono::hours{1}}.count()) return;
    HabitCell& cell = node_hosts_.change(key);
    ++cell.count;
    cell.last = now;
}

bool Novelty::is_node_host(const Look& look) const {
    const HabitCell* host = node_hosts_.find(key_in_cluster(look, look.peer));
    return host != nullptr && look.time() - audit::Time{audit::Duration{host->last}} < kHostLasts;
}

// On a host of the control plane, with all rights: whoever is there reads etcd and the keys of the CA, so
// that the API gives him nothing that he has not.
bool Novelty::is_on_control_host(const Look& look) const {
    return (look.actor.is(ActorClass::Human) || look.actor.is_pod()) && !look.event().is_impersonated &&
           has_all_rights(look) && control_hosts_.has(look.observation);
}

// There as kubeadm works: he looks (at no Secret), changes what is there (of a Secret the whole, so that the
// answer shows nothing else), makes a Secret, and runs a job; what else he makes anew, removes, or enters is
// told.
bool Novelty::keeps_the_cluster(const Look& look) const {
    const audit::Event& event = look.event();
    if (!look.actor.is(ActorClass::Human) || event.is_impersonated || look.action.refused ||
        !has_all_rights(look)) {
        return false;
    }
    if (!event.object.subresource.empty()) return false;
    // kubeadm joins a host to the control plane, and reads its configuration there.
    const bool is_configuration = event.verb == "get" && event.object.resource == "configmaps" &&
                                  event.object.namespace_ == "kube-system";
    if (is_configuration && is_node_host(look)) return true;
    if (!is_on_control_host(look)) return false;
    if (look.action.tactic == Tactic::Discovery) return true;
    const bool sends_whole = event.object.resource == "secrets" && event.verb == "update";
    if (!is_apply(event) || (look.action.tactic == Tactic::CredentialAccess && !sends_whole) ||
        look.action.tactic == Tactic::DefenseEvasion) {
        return false;
    }
    return !event.created_object() || look.action.weight <= 1 ||
           (event.object.resource == "jobs" && look.action.weight <= 2);
}

// Enters Pods where at least three others do, or run commands: he looks after their namespace. A debug
// container without privileges of its own is another way to run a command there.
bool Novelty::does_as_the_team(const Look& look, const Questions& ask) const {
    const audit::ObjectRef& object = look.event().object;
    if (object.resource != "pods" || !look.actor.is(ActorClass::Human) || !has_all_rights(look) ||
        is_system_namespace(object.namespace_)) {
        return false;
    }
    const auto others = [&](const HabitOf& what) {
        return habits_.seen(what, ask.scope_value, look.time(), config_.memory);
    };
    const bool is_run_by_others =
        others({'s', "every ", to_string(look.actor.actor_class), kRunsCommands}) >= kTeam;
    if (object.subresource == "ephemeralcontainers")
        return is_run_by_others && adds_plain_container(look.event());
    return is_entry(object) && (is_run_by_others || others(ask.scope.back()) >= kTeam);
}

// Who may do anything gains no right by a token of an ordinary account; and the API server names the token in
// the log, so that its use elsewhere is told (token-used-elsewhere).
bool Novelty::mints_a_known_token(const Look& look) const {
    const audit::Event& event = look.event();
    return event.object.resource == "serviceaccounts" && event.object.subresource == "token" &&
           look.actor.is(ActorClass::Human) && has_all_rights(look) &&
           !is_system_namespace(event.object.namespace_) &&
           !event.annotation("authentication.kubernetes.io/issued-credential-id").empty();
}

// A service account that is there has no field by which who has all rights gains any.
bool Novelty::changes_an_account(const Look& look) const {
    const audit::Event& event = look.event();
    return event.object.resource == "serviceaccounts" && event.object.subresource.empty() &&
           (event.verb == "patch" || event.verb == "update") && !event.created_object() &&
           look.actor.is(ActorClass::Human) && has_all_rights(look);
}

// What the log shows whole, and no great right in it, of who may do anything.
bool Novelty::installs_modestly(const Look& look) const {
    return look.actor.is(ActorClass::Human) && has_all_rights(look) &&
           modest_.is_modest_part(look.observation.origin.cluster, look.request());
}

// A role of which the log shows that it only looks at what is no secret.
bool Novelty::gives_a_look(const Look& look) {
    const audit::ObjectRef& object = look.event().object;
    if (object.resource != "roles" && object.resource != "clusterroles") return false;
    const std::optional<rbac::Write> write = rbac::read_write(look.request());
    const auto* role = write && write->object ? std::get_if<rbac::Role>(&*write->object) : nullptr;
    return role != nullptr && rbac::only_looks(*role);
}

// To a person who has long read Secrets by hand, by name, another one of a namespace where he did is one
// more, also when he sees it in the answer to a dry run; and one of a namespace where he works, if he did in
// three.
bool Novelty::reads_one_more_secret(const Look& look, const Questions& ask) const {
    if (!look.actor.is(ActorClass::Human)) return false;
    const HabitOf reads('s', look.actor.key, "get secrets");
    const auto context = habits_.context(reads);
    if (context.total < kSettled) return false;
    const auto hours = [&](const HabitOf& where) {
        return habits_.seen(where, ask.scope_value, look.time(), config_.memory);
    };
    const bool only_reads = look.action.key == "get secrets" || look.request().is_dry_run;
    return (only_reads && hours(reads) > 0) ||
           (context.kinds >= kManyScopes && !is_system_namespace(look.event().object.namespace_) &&
            hours(HabitOf('p', look.actor.key)) > 0);
}

// Who has all rights and works in a namespace does there what he has long done in others: enters Pods, reads
// Secrets. Who reads them by their names may as well list them.
bool Novelty::looks_for_a_fault(const Look& look, const Questions& ask) const {
    const audit::ObjectRef& object = look.event().object;
    const bool reads =
        object.resource == "secrets" && (look.event().verb == "get" || look.event().verb == "list");
    if (!(reads || is_entry(object)) || !look.actor.is(ActorClass::Human) || !has_all_rights(look) ||
        object.namespace_.empty() || is_system_namespace(object.namespace_) ||
        !is_settled(look, 'p', ask.scope_value)) {
        return false;
    }
    return habits_.context(HabitOf('s', look.actor.key, reads ? "get secrets" : kRunsCommands)).total >=
           kSettled;
}

}  // namespace redshank::access
