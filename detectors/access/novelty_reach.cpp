// How far an act reaches, whatever its score: by which right, from where, and what the actor does anyway.
#include "audit/normalise/stem.h"
#include "core/request/helm.h"
#include "core/request/rights.h"
#include "core/request/verbs.h"
#include "core/state/key.h"
#include "detectors/access/novelty_questions.h"
#include "detectors/access/remark.h"

namespace redshank::access {

namespace {

constexpr int64_t kManyKinds = 4;                              // of objects that one applies: a deployer
constexpr audit::Duration kJustMade = std::chrono::hours{24};  // a namespace, a grant, a node's request

std::string binding_key(const Look& look, std::string_view kind, std::string_view ns, std::string_view name) {
    return row_key({key_in_cluster(look, kind), ns, name});
}

// Makes or changes an object of the daily kind, up to this weight: no content of Secrets, no rights, no way
// into a pod, no bare pod.
bool applies_workload(const Action& action, const audit::Event& event, int weight) {
    return action.weight <= weight &&
           (action.tactic == Tactic::Execution || action.tactic == Tactic::Persistence) && is_apply(event) &&
           event.object.subresource.empty() && event.object.resource != "pods" &&
           event.object.namespace_ != "kube-system";
}

bool is_within(const Look& look, int64_t then, audit::Duration span) {
    return look.time() - audit::Time{audit::Duration{then}} < span;
}

}  // namespace

// A node asks for certificates of its own: kubelets renew what they are, serve, and join.
void Novelty::note_certificate_request(const Look& look) {
    const audit::Event& event = look.event();
    if (event.object.resource != "certificatesigningrequests" || event.verb != "create" ||
        !(look.actor.is(ActorClass::Node) || look.is_joining()) || event.is_impersonated ||
        !event.succeeded() || !event.object.subresource.empty() || event.object.name.empty()) {
        return;
    }
    HabitCell& cell = node_requests_.change(key_in_cluster(look, event.object.name));
    ++cell.count;
    cell.last = look.time().time_since_epoch().count();
}

// Approves what a node asked for within a day: it stays what it is.
bool Novelty::approves_node(const Look& look) const {
    const audit::ObjectRef& object = look.event().object;
    if (object.resource != "certificatesigningrequests" || object.subresource != "approval") return false;
    const HabitCell* asked = node_requests_.find(key_in_cluster(look, object.name));
    return asked != nullptr && is_within(look, asked->last, kJustMade);
}

// Grants are young after it. Who makes one for somebody else, at home, vouches for it.
void Novelty::note_binding(const Look& look) {
    const audit::Event& event = look.event();
    const bool is_cluster = event.object.resource == "clusterrolebindings";
    if ((!is_cluster && event.object.resource != "rolebindings") || !event.object.subresource.empty() ||
        is_read(event.verb) || event.object.name.empty() ||
        look.request().verdict != RequestVerdict::Allowed) {
        return;
    }
    BindingRow& row = bindings_.change(binding_key(look, is_cluster ? "ClusterRoleBinding" : "RoleBinding",
                                                   event.object.namespace_, event.object.name));
    ++row.count;
    row.last = look.time().time_since_epoch().count();
    // What an installer gives to what it installs, whoever started it gives.
    const StartedRow* installer = started_.of(look);
    const bool is_home =
        installer != nullptr || is_at_home(look, news_of(look, questions(look))) || is_on_control_host(look);
    row.by = is_home ? look.actor.key : std::string();
    row.user = installer != nullptr ? installer->user : is_home ? std::string(look.user()) : std::string();
}

// Who may do anything, at home, starts a Pod: what it does for its installation is his.
void Novelty::note_start(const Look& look) {
    if (!StartedPods::is_start(look.event())) return;
    const bool is_vouched = !look.event().is_impersonated && has_all_rights(look) &&
                            (is_at_home(look, news_of(look, questions(look))) || is_on_control_host(look));
    started_.note(look, is_vouched);
}

// Whether it is the sender's in more than two hours: one harmless request, made first, makes no home.
bool Novelty::is_settled(const Look& look, char question, std::string_view value) const {
    return habits_.seen(HabitOf(question, look.actor.key), value, look.time(), config_.memory) >= kSettled;
}

// Used, but not yet settled, beside what the actor has long used: it stays news, so that a harmless request,
// made first, does not teach what the theft after it uses.
bool Novelty::is_on_trial(const Look& look, const HabitOf& own, std::string_view value) const {
    const int64_t hours = habits_.seen(own, value, look.time(), config_.memory);
    return hours > 0 && hours < kSettled && habits_.context(own).total - hours >= kSettled;
}

// Whether the grant is long in use by the sender, or it was not written lately. Without a grant:
// system:masters, or an authorizer beside RBAC that names none (IAM of a cloud), whose grants no object of
// the cluster gives.
bool Novelty::has_old_grant(const Look& look) const {
    const std::optional<audit::Grant>& grant = look.request().grant();
    if (!grant)
        return (look.actor.is_masters || !look.event().reason.empty()) &&
               look.known_for() >= std::chrono::days{1};
    if (is_settled(look, 'g', look.request().reason.words)) return true;
    const BindingRow* written = binding_of(look);
    return written == nullptr || !is_within(look, written->last, config_.memory);
}

// The last write of the binding through which the request came.
const BindingRow* Novelty::binding_of(const Look& look) const {
    const std::optional<audit::Grant>& grant = look.request().grant();
    return !grant ? nullptr
                  : bindings_.find(binding_key(look, grant->binding_kind, grant->binding_namespace,
                                               grant->binding_name));
}

// Somebody else, at home, has just made the grant.
bool Novelty::is_just_given(const Look& look) const {
    const BindingRow* row = binding_of(look);
    return row != nullptr && !row->by.empty() && row->by != look.actor.key &&
           is_within(look, row->last, kJustMade) && !look.event().is_impersonated &&
           !is_refusal(look.request().verdict);
}

// A pod under a grant that was just given to its account, or one that was just started: what was installed
// begins its work, or an installer does his.
bool Novelty::is_new_program(const Look& look) const {
    return look.actor.is_pod() && (is_just_given(look) || started_.of(look) != nullptr);
}

// The user of whose act its work is a part.
std::string Novelty::installer_of(const Look& look) const {
    const StartedRow* started = started_.of(look);
    return started != nullptr ? started->user : binding_of(look)->user;
}

// What helm does with the Secrets in which it keeps its releases: it asks for the one release in its
// namespace, and writes it. An installer that was just started also reads it.
bool Novelty::keeps_release(const Look& look) const {
    const audit::Event& event = look.event();
    if (event.object.namespace_.empty() || !event.object.subresource.empty()) return false;
    const bool is_started = started_.of(look) != nullptr;
    if (selects_helm_releases(event)) return is_started || selects_one_helm_release(event);
    return is_helm_release(event.object) && (is_started || event.verb == "update" || event.verb == "delete");
}

// A grant that was just given is used as it was meant: by the pod of an account, or, in one namespace and for
// no content of Secrets, by a person where he has long been; to look, or for objects of the daily kind. What
// was given away is told of whoever made it. A program goes on with its installation, but for rights that it
// gives and for what runs on every node. A program whose namespace was made with it is alone there, and
// does in it what it wants, if the grant reaches no further.
bool Novelty::is_vouched_for(const Look& look) const {
    const audit::Event& event = look.event();
    const auto goes_on_installing = [&] {
        return is_ordinary(look) && event.object.resource != "daemonsets" &&
               event.object.api_group != "rbac.authorization.k8s.io";
    };
    if (started_.of(look) != nullptr) return goes_on_installing();
    if (!is_just_given(look) || has_all_rights(look)) return false;
    const bool is_program = is_new_program(look), is_narrow = !look.request().grant()->is_cluster_wide();
    if (is_program && is_narrow && look.action.scope == "own" && event.object.resource != "daemonsets" &&
        is_in_new_namespace(look)) {
        return true;
    }
    if (!event.object.subresource.empty()) return false;
    const bool is_person = look.actor.is(ActorClass::Human) && is_settled(look, 'n', look.network) &&
                           is_narrow && look.action.tactic != Tactic::CredentialAccess;
    return (is_person || is_program) && (is_read(event.verb) || applies_workload(look.action, event, 2) ||
                                         (is_program && goes_on_installing()));
}

// A Pod of an account that the log has not shown before looks, by a grant that it did not show being made: a
// backup, a scanner, a job of every quarter. What new programs ask for tells no theft; what they write may.
bool Novelty::begins_to_look(const Look& look) const {
    return look.actor.is_pod() && look.known_for() < kJustMade && is_read(look.event().verb) &&
           look.event().object.subresource.empty() && !look.event().is_impersonated &&
           !is_refusal(look.request().verdict) && has_old_grant(look);
}

// No sign that somebody else does it: from where it has been (a person for long; pods move), through a grant
// that is not young, nothing refused, as nobody else, by a program with its own client (a person takes up a
// new one any day). Whoever asks for a token of the control plane's namespace takes another's identity,
// whatever the right to do so.
bool Novelty::is_at_home(const Look& look, const News& news) const {
    const audit::Event& event = look.event();
    if (begins_to_look(look)) return true;
    if (news.young || news.source) return false;
    const bool is_owner = look.actor.is(ActorClass::Human) ? is_settled(look, 'n', look.network)
                                                           : look.actor.is(ActorClass::ServiceAccount) &&
                                                                 is_settled(look, 'c', look.client);
    const bool takes_identity =
        event.object.subresource == "token" && event.object.namespace_ == "kube-system";
    return is_owner && !takes_identity && !look.action.refused && !is_refusal(look.request().verdict) &&
           (!event.is_impersonated || look.request().is_through()) && has_old_grant(look);
}

// A person who is in another network than ever (a VPN, a train) goes on where he has long worked, with the
// client and by the grant that he has long had: one sign, and little reach. He reads or changes a Secret by
// its name (lists them, where he has read some before), or changes what runs there.
bool Novelty::is_on_the_way(const Look& look, const Questions& ask, const News& news) const {
    const audit::Event& event = look.event();
    if (!look.actor.is(ActorClass::Human) || event.is_impersonated || !news.source || news.young ||
        !event.object.subresource.empty() || is_system_namespace(event.object.namespace_) ||
        !is_settled(look, 'c', look.client) || !is_settled(look, 'p', ask.scope_value) ||
        !has_old_grant(look))
        return false;
    if (event.object.resource != "secrets") return applies_workload(look.action, event, 2);
    if (event.verb == "list")
        return habits_.seen(HabitOf('s', look.actor.key, "get secrets"), ask.scope_value, look.time(),
                            config_.memory) > 0;
    return event.verb == "get" || event.verb == "update" || event.verb == "patch";
}

// A deployer: it makes and changes objects of many kinds.
bool Novelty::applies_many(const Look& look) const {
    return habits_.context(HabitOf('w', look.actor.key)).kinds >= kManyKinds;
}

// What the actor could do before in another way, and did there, with the same Secret: who runs commands in
// the pods of a namespace can as well attach to them. The answer to a change of a
// Secret has its content, so who changes one learns nothing by reading it; a person who reads it learns
// nothing by changing it. A watch begins with what a list shows.
bool Novelty::could_before(const Look& look, const Questions& ask) const {
    const audit::ObjectRef& object = look.event().object;
    const std::string& does = look.action.key;
    const bool is_person = look.actor.is(ActorClass::Human);
    const auto hours = [&](char question, std::string_view what, std::string_view value) {
        return habits_.seen(HabitOf(question, look.actor.key, what), value, look.time(), config_.memory);
    };
    const auto has_done = [&](std::string_view what) {
        return hours('s', what, ask.scope_value) > 0 &&
               (look.action.thing.empty() || hours('t', what, look.action.thing) > 0);
    };
    if (object.resource == "pods" && object.subresource == "attach") return has_done(kRunsCommands);
    if (does == "get secrets") return has_done("change secrets") || reads_one_more_secret(look, ask);
    if (does == "change secrets")
        return is_person && (has_done("get secrets") || reads_one_more_secret(look, ask));
    if (does == "list secrets") return has_done("watch secrets");
    return does == "watch secrets" && has_done("list secrets");
}

// The namespace of the object was made within a day.
bool Novelty::is_in_new_namespace(const Look& look) const {
    const HabitCell* created = namespaces_.find(key_in_cluster(look, look.event().object.namespace_));
    return created != nullptr && is_within(look, created->last, kJustMade);
}

// In a namespace that was made within a day nothing of old is in reach: objects of it are made, changed and
// removed, also bindings (they give rights in it only), and it is removed itself. No content of Secrets, no
// tokens, no way into a pod, nothing that runs on every node.
bool Novelty::is_in_fresh_namespace(const Look& look) const {
    const audit::Event& event = look.event();
    return is_in_new_namespace(look) && look.action.weight <= 3 && !is_read(event.verb) &&
           event.object.subresource.empty() && look.action.tactic != Tactic::CredentialAccess &&
           event.object.resource != "daemonsets";
}

// The Pod of an account that has had all rights for long changes what is there: an operator keeps what it
// looks after. Of a Secret it sends the whole, so that the answer shows nothing else.
bool Novelty::keeps_operands(const Look& look) const {
    const audit::Event& event = look.event();
    return look.actor.is_pod() && has_all_rights(look) && event.object.subresource.empty() &&
           !event.created_object() &&
           (event.verb == "update" || (event.verb == "patch" && event.object.resource != "secrets"));
}

// A program that has long applied objects makes workloads in its own namespace: what asks it for them is not
// in its requests, and what they reach is in their bodies, which rules judge.
bool Novelty::works_in_own_namespace(const Look& look) const {
    return look.actor.is_pod() && look.action.scope == "own" &&
           applies_workload(look.action, look.event(), 3) &&
           habits_.context(HabitOf('w', look.actor.key)).total >= kSettled;
}

// A program with its own client that has long watched what asks for it: a provisioner makes a volume for a
// claim, a scaler removes a node whose machine is gone (a kubelet that is there registers it again).
bool Novelty::provisions(const Look& look) const {
    const audit::Event& event = look.event();
    const bool makes_volume = event.object.resource == "persistentvolumes" && event.verb == "create";
    const bool removes_node = event.object.resource == "nodes" && event.verb == "delete";
    return (makes_volume || removes_node) && event.object.subresource.empty() && look.actor.is_pod() &&
           !event.is_impersonated && is_settled(look, 'c', look.client) &&
           is_settled(look, 'n', look.network) && has_old_grant(look) &&
           is_settled(look, 'a', makes_volume ? "watch persistentvolumeclaims" : "watch nodes");
}

// The Secret is one that the sender has written again and again: who applies it knows what it holds, and
// makes it again.
bool Novelty::keeps_secret(const Look& look) const {
    return habits_.seen(HabitOf('t', look.actor.key, "change secrets"),
                        audit::name_stem(look.event().object.name), look.time(), config_.memory) >= kSettled;
}

// Deletes one object by its name that is made again by whoever applied it: of a program that applies many
// kinds, what is no data, and no Secret but one that it keeps; of a person, a node (its kubelet registers it
// again).
bool Novelty::removes_one(const Look& look, bool is_deployer) const {
    const audit::Event& event = look.event();
    const std::string_view resource = event.object.resource;
    return look.action.tactic == Tactic::Impact && look.action.weight <= 2 && event.verb == "delete" &&
           !event.object.name.empty() && event.object.namespace_ != "kube-system" &&
           (resource == "nodes" ? look.actor.is(ActorClass::Human)
                                : is_deployer && resource != "persistentvolumeclaims" &&
                                      (resource != "secrets" || keeps_secret(look)));
}

// Of what an actor does at home:
// - what is of least weight, or possible in another way that is a habit;
// - a question for a Secret that is not there; the approval of what a node asked for;
// - new certificates of webhooks, or webhooks that ask nobody but the program itself;
// - only a label or an annotation that means nothing; a role that looks at what is no secret; what
// novelty_admin.cpp says of persons with all rights; of theirs, parts of an installation without a great
// right (modest.h);
// - objects of the daily kind where it works anyway; of a program that applies many kinds, anywhere, also
//   those that run on every node or come back by themselves, and their removal, one by one;
// - what is there already, changed by a program that has long had all rights;
// - whatever is in a namespace that was just made;
// - a binding in one namespace, by a person who has all rights: it raises nobody who could not be raised
//   before, and whoever uses it is judged by a young grant.
bool Novelty::reaches_little(const Look& look, const Questions& ask, const Hit& hit) const {
    const Action& action = look.action;
    const audit::Event& event = look.event();
    if (action.weight == 1 || could_before(look, ask) || is_in_fresh_namespace(look) || approves_node(look) ||
        does_as_the_team(look, ask) || looks_for_a_fault(look, ask) || works_in_own_namespace(look) ||
        mints_a_known_token(look) || changes_an_account(look) || gives_a_look(look) ||
        installs_modestly(look) || keeps_operands(look) || is_only_a_remark(event) ||
        look.webhooks != Webhooks::Change::Other || look.looks_around) {
        return true;
    }
    if (event.object.resource == "secrets" && event.verb == "get" && event.response.code == 404) return true;
    const bool is_person = look.actor.is(ActorClass::Human);
    if (event.object.resource == "rolebindings" && is_apply(event) && is_person && has_all_rights(look) &&
        !is_system_namespace(event.object.namespace_)) {
        return true;
    }
    const bool is_new_place = habits_.seen(ask.scope[1], ask.scope_value, look.time(), config_.memory) == 0 &&
                              !(is_person && is_settled(look, 'p', ask.scope_value));
    // A CronJob runs what a Deployment could; a DaemonSet runs on every node.
    if (!is_new_place && applies_workload(action, event, event.object.resource == "cronjobs" ? 3 : 2))
        return true;
    const bool is_deployer = look.actor.is(ActorClass::ServiceAccount) && applies_many(look);
    return removes_one(look, is_deployer && !is_new_place) ||
           (is_deployer && hit.is_ordinary && applies_workload(action, event, 3));
}

// A step of an installation: objects are created or changed through a grant that the sender has used before,
// or on a host of the control plane (as distributions bring their parts), by a person, or by a program that
// applies many kinds of objects, or has long had all rights; or by a program that was just installed or
// started; with the Secrets in which helm keeps the release. Content of Secrets, tokens,
// certificates, bare Pods, commands and deletions are no part of one. Also: a person who looks around in the
// same way, and what a new program asks for before it makes it.
bool Novelty::is_ordinary(const Look& look) const {
    const Action& action = look.action;
    const audit::Event& event = look.event();
    if (action.refused || event.is_impersonated || is_refusal(look.request().verdict)) return false;
    const bool is_person = look.actor.is(ActorClass::Human), is_new = is_new_program(look);
    // A controller that has long had all rights installs, if for the first time.
    const bool is_mighty = look.actor.is_pod() && has_all_rights(look) && is_settled(look, 'c', look.client);
    // Whoever applies an object asks for it first; that it is not there tells nothing else.
    const bool asks_first = (is_new || is_mighty) && event.response.code == 404;
    if ((is_person || asks_first) && action.tactic == Tactic::Discovery) return true;
    const std::string_view resource = event.object.resource;
    if (!(is_new || has_old_grant(look) || is_on_control_host(look))) return false;
    if ((is_new || is_person || is_mighty) && keeps_release(look)) return true;
    if (!is_apply(event) || !event.object.subresource.empty() || resource == "pods" ||
        resource == "certificatesigningrequests" || (resource == "secrets" && event.verb != "create")) {
        return false;
    }
    return is_new || is_person || is_mighty || applies_many(look) || is_on_control_host(look);
}

// See hit.h. Lists and watches show what Secrets hold; a selector of Helm's releases has less weight. An
// installer has no use for the content of Secrets.
bool Novelty::is_wide(const Look& look, const Hit& hit) const {
    const Action& action = look.action;
    const bool shows = action.tactic == Tactic::CredentialAccess && is_read(look.event().verb);
    const bool gives = action.tactic == Tactic::PrivilegeEscalation && is_apply(look.event());
    return (shows || gives) && action.happened && action.weight == 4 && action.scope == "cluster" &&
           (started_.of(look) != nullptr ||
            (!(hit.is_at_home && has_all_rights(look)) && !is_new_program(look)));
}

// - Who tries, where they long have been, what they may do anyway, and fails.
// - Who is at home and reaches little, or uses a grant that somebody has just made for him.
// - A person who asks for his own rights or for what is no secret, from where he always is, reaches nothing
//   yet.
// - A provisioner makes volumes, a scaler removes nodes.
// - Who opens a dashboard for the first time and is refused has nothing.
// - Who does the same in many namespaces comes to one more: a new tenant, a new application.
bool Novelty::is_slight(const Look& look, const Questions& ask, const News& news, const Hit& hit) const {
    const Action& action = look.action;
    if (hit.is_idle && is_own_network(look) && (look.has_been_admin || has_all_rights(look))) return true;
    if ((hit.is_at_home && reaches_little(look, ask, hit)) || is_vouched_for(look) ||
        keeps_the_cluster(look) || provisions(look)) {
        return true;
    }
    if (action.refused) return look.opens_a_dashboard();
    if (look.actor.is(ActorClass::Human) && action.tactic == Tactic::Discovery)
        return !news.source && !look.event().is_impersonated;
    const bool is_only_scope = news.scope && !news.action && !news.thing && !news.client;
    const bool is_workload = action.tactic == Tactic::Execution || action.tactic == Tactic::Persistence;
    return is_only_scope && !news.source && is_workload && action.weight <= 3 &&
           look.event().object.subresource.empty() && look.event().object.namespace_ != "kube-system" &&
           action.key.find("write ") != std::string::npos &&
           habits_.context(ask.scope[0]).kinds >= kManyScopes;
}

}  // namespace redshank::access
