// How far an act reaches, whatever its score: by which right, from where, and what the actor does anyway.
#include "detectors/access/novelty_questions.h"

namespace redshank::access {

namespace {

constexpr int64_t kManyKinds = 4;   // of objects that one applies: a deployer
constexpr int64_t kManyScopes = 3;  // in which one does the same

std::string binding_key(const Look& look, std::string_view kind, std::string_view ns, std::string_view name) {
    std::string key(look.observation.origin.cluster);
    return key.append("\x1f").append(kind).append("\x1f").append(ns).append("\x1f").append(name);
}

// Makes or changes an object of the daily kind, up to this weight: no content of Secrets, no rights, no way
// into a pod, no bare pod.
bool applies_workload(const Action& action, const audit::Event& event, int weight) {
    return action.weight <= weight &&
           (action.tactic == Tactic::Execution || action.tactic == Tactic::Persistence) &&
           (event.verb == "create" || event.verb == "update" || event.verb == "patch") &&
           event.object.subresource.empty() && event.object.resource != "pods" &&
           event.object.namespace_ != "kube-system";
}

}  // namespace

void Novelty::note_binding(const Look& look) {
    const audit::Event& event = look.event();
    const bool is_cluster = event.object.resource == "clusterrolebindings";
    if ((!is_cluster && event.object.resource != "rolebindings") || !event.object.subresource.empty() ||
        event.verb == "get" || event.verb == "list" || event.verb == "watch" || event.object.name.empty() ||
        look.request().verdict != RequestVerdict::Allowed) {
        return;
    }
    HabitCell& cell = bindings_.change(binding_key(look, is_cluster ? "ClusterRoleBinding" : "RoleBinding",
                                                   event.object.namespace_, event.object.name));
    ++cell.count;
    cell.last = look.time().time_since_epoch().count();
}

// Whether the sender has used the grant before, or it was not written lately. Without a grant:
// system:masters.
bool Novelty::has_old_grant(const Look& look) const {
    const std::optional<audit::Grant>& grant = look.request().grant();
    if (!grant) return look.actor.is_masters && look.known_for() >= std::chrono::days{1};
    if (habits_.seen(habit_context('g', look.actor.key), look.request().reason.words, look.time(),
                     config_.memory) > 0)
        return true;
    const HabitCell* written =
        bindings_.find(binding_key(look, grant->binding_kind, grant->binding_namespace, grant->binding_name));
    return written == nullptr || look.time() - audit::Time{audit::Duration{written->last}} >= config_.memory;
}

// No sign that somebody else does it: from where it always is, through a grant that the actor has used
// before, nothing refused, as nobody else, by a program with its own client (a person takes up a new one any
// day). Whoever asks for a token of the control plane's namespace takes another's identity, whatever the
// right to do so.
bool Novelty::is_at_home(const Look& look, const News& news) const {
    const audit::Event& event = look.event();
    if (news.young || news.source) return false;
    const bool is_owner =
        look.actor.is(ActorClass::Human) || (look.actor.is(ActorClass::ServiceAccount) && !news.client);
    const bool takes_identity =
        event.object.subresource == "token" && event.object.namespace_ == "kube-system";
    return is_owner && !takes_identity && !look.action.refused && !is_refusal(look.request().verdict) &&
           (!event.is_impersonated || look.request().is_through()) && has_old_grant(look);
}

// Of what an actor does at home:
// - objects of the daily kind where it works anyway; of a program that applies many kinds, anywhere, also
//   those that run on every node or come back by themselves;
// - what is of least weight.
bool Novelty::reaches_little(const Look& look, const Questions& ask, const Hit& hit) const {
    const bool is_new_place = habits_.seen(ask.scope[1], ask.scope_value, look.time(), config_.memory) == 0;
    const bool is_deployer = look.actor.is(ActorClass::ServiceAccount) && hit.is_ordinary;
    return look.action.weight == 1 || (!is_new_place && applies_workload(look.action, look.event(), 2)) ||
           (is_deployer && applies_workload(look.action, look.event(), 3));
}

// A step of an installation: objects are created or changed through a grant that the sender has used before,
// by a person, or by a program that applies many kinds of objects. Content of Secrets, tokens, certificates,
// bare Pods, commands and deletions are no part of one. Also: a person who looks around in the same way.
bool Novelty::is_ordinary(const Look& look) const {
    const Action& action = look.action;
    const audit::Event& event = look.event();
    if (action.refused || event.is_impersonated || is_refusal(look.request().verdict)) return false;
    const bool is_person = look.actor.is(ActorClass::Human);
    if (is_person && action.tactic == Tactic::Discovery) return true;
    const bool applies = event.verb == "create" || event.verb == "update" || event.verb == "patch";
    const std::string_view resource = event.object.resource;
    if (!has_old_grant(look) || !applies || !event.object.subresource.empty() || resource == "pods" ||
        resource == "certificatesigningrequests" || (resource == "secrets" && event.verb != "create")) {
        return false;
    }
    return is_person || habits_.context(habit_context('w', look.actor.key)).kinds >= kManyKinds;
}

// - Who is at home and reaches little.
// - A person who asks for his own rights or for what is no secret, from where he always is, reaches nothing
//   yet.
// - Who does the same in many namespaces comes to one more: a new tenant, a new application.
bool Novelty::is_slight(const Look& look, const Questions& ask, const News& news, const Hit& hit) const {
    const Action& action = look.action;
    if (hit.is_at_home && reaches_little(look, ask, hit)) return true;
    if (action.refused) return false;
    if (look.actor.is(ActorClass::Human) && action.tactic == Tactic::Discovery) {
        const bool asks_all_rights = look.event().object.resource == "selfsubjectrulesreviews";
        return !news.source && !look.event().is_impersonated && (!asks_all_rights || look.is_first_use);
    }
    const bool is_only_scope = news.scope && !news.action && !news.thing && !news.client;
    const bool is_workload = action.tactic == Tactic::Execution || action.tactic == Tactic::Persistence;
    return is_only_scope && !news.source && is_workload && action.weight <= 3 &&
           look.event().object.subresource.empty() && look.event().object.namespace_ != "kube-system" &&
           action.key.find("write ") != std::string::npos &&
           habits_.context(ask.scope[0]).kinds >= kManyScopes;
}

}  // namespace redshank::access
