#include "detectors/access/novelty.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "core/finding/sentence.h"
#include "core/request/words.h"

namespace redshank::access {

namespace {

// The model of an intruder for the likelihood ratio: chooses sensitive actions by their weight, anywhere, and
// uses the owner's own client and network two times in three.
constexpr double kAllWeights = 130;  // about the sum of the weights in action.cpp
constexpr double kUniformAction = 1.0 / 512, kUniformScope = 1.0 / 32, kUniformThing = 1.0 / 64,
                 kUniformClient = 1.0 / 20;
constexpr double kSameClient = 0.7;
constexpr int64_t kManyKinds = 4;   // of objects that one applies: a deployer
constexpr int64_t kManyScopes = 3;  // in which one does the same

std::string context(char question, std::string_view who, std::string_view about = {}) {
    std::string out(1, question);
    out.append("\x1e").append(who);
    if (!about.empty()) out.append("\x1e").append(about);
    return out;
}

double bits_of(double intruder, double habit) {
    return std::log2(intruder / std::max(habit, 1e-9));
}

// The strongest first; the sentence takes its words from them.
void sort_reasons(Hit& hit) {
    std::stable_sort(hit.reasons.begin(), hit.reasons.end(), [](const Reason& a, const Reason& b) {
        return std::strtod(a.value.c_str(), nullptr) > std::strtod(b.value.c_str(), nullptr);
    });
    hit.why.clear();
    for (const Reason& reason : hit.reasons) {
        const size_t cut = reason.text.find("; ");
        hit.why.push_back(reason.text.substr(0, cut));
        if (cut != std::string::npos) hit.why.push_back(reason.text.substr(cut + 2));
    }
}

// Where: "in payments", "in its own namespace", "in a new namespace", "for the whole cluster".
std::string scope_words(const Look& look, const std::string& scope) {
    if (scope == "own") return "in its own namespace";
    if (scope == "cluster" || scope == "any") return "for the whole cluster";
    if (scope == "a new namespace") return "in " + scope;
    return "in " + name_words(look.event().object.namespace_);
}

std::string binding_key(const Look& look, std::string_view kind, std::string_view ns, std::string_view name) {
    std::string key(look.observation.origin.cluster);
    return key.append("\x1f").append(kind).append("\x1f").append(ns).append("\x1f").append(name);
}

// The Node authorizer lets a node do it: it names no grant, and of Secrets, ConfigMaps and tokens it gives
// single ones by name, those of the node's pods (plugin/pkg/auth/authorizer/node).
bool is_by_node_authorizer(const Look& look) {
    return look.actor.is(ActorClass::Node) && look.request().verdict == RequestVerdict::Allowed &&
           !look.event().is_impersonated && !look.request().grant() && !look.event().object.name.empty();
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

std::string peers_of(const Look& look) {
    return "peers of " + look.actor.peers;
}

std::string namespace_key(const Look& look) {
    std::string key(look.observation.origin.cluster);
    return key.append("\x1f").append(look.event().object.namespace_);
}

}  // namespace

// The levels of every question about one request.
struct Novelty::Questions {
    HabitModel::Levels action, scope, thing, client, source;
    std::string members, scope_value;
};

Novelty::Novelty(const Config& config)
    : config_(config),
      habits_(config.max_habits),
      told_("unusual_access.told", 50'000),
      bindings_("unusual_access.young_bindings", 10'000),
      namespaces_("unusual_access.new_namespaces", 10'000) {}

std::string Novelty::scope_value(const Look& look) const {
    const HabitCell* created = namespaces_.find(namespace_key(look));
    const bool is_new = created != nullptr &&
                        look.time() - audit::Time{audit::Duration{created->last}} < config_.new_namespace;
    return is_new ? "a new namespace" : look.action.scope;
}

Novelty::Questions Novelty::questions(const Look& look, const std::string& does) const {
    const std::string& me = look.actor.key;
    const std::string peers = peers_of(look);
    const std::string all = "every " + std::string(to_string(look.actor.actor_class));
    return {.action = {context('a', me), context('a', peers), context('a', all)},
            .scope = {context('s', me, does), context('s', me), context('s', peers, does),
                      context('s', all, does)},
            .thing = {context('t', me, does), context('t', peers, does), context('t', all, does)},
            .client = {context('c', me), context('c', peers), context('c', all)},
            .source = {context('n', me), context('n', peers), context('n', all)},
            .members = context('m', peers),
            .scope_value = scope_value(look)};
}

Novelty::Questions Novelty::questions(const Look& look) const {
    return questions(look, look.action.key);
}

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
    if (habits_.seen(context('g', look.actor.key), look.request().reason.words, look.time(), config_.memory) >
        0)
        return true;
    const HabitCell* written =
        bindings_.find(binding_key(look, grant->binding_kind, grant->binding_namespace, grant->binding_name));
    return written == nullptr || look.time() - audit::Time{audit::Duration{written->last}} >= config_.memory;
}

bool Novelty::is_first_use(const Look& look) const {
    return look.actor.is(ActorClass::Human) &&
           habits_.seen(context('c', look.actor.key), look.client, look.time(), config_.memory) <= 2 &&
           habits_.seen(context('n', look.actor.key), look.network, look.time(), config_.memory) > 0;
}

Novelty::Habit Novelty::habit_if_allowed(const Look& look) const {
    constexpr std::string_view kRefused = "refused: ";
    std::string does = look.action.key;
    const size_t at = does.find(kRefused);
    if (at == std::string::npos) return Habit::None;
    does.erase(at, kRefused.size());
    const Habit habit = habit_of(look, does);
    if (habit != Habit::None) return habit;
    // An informer both lists and watches, so each counts for the other.
    if (does.starts_with("list ")) return habit_of(look, does.replace(0, 4, "watch"));
    if (does.starts_with("watch ")) return habit_of(look, does.replace(0, 5, "list"));
    return Habit::None;
}

Novelty::Habit Novelty::habit_of(const Look& look, const std::string& does) const {
    const Action& action = look.action;
    const Questions ask = questions(look, does);
    const auto is_known = [&](const std::string& where, std::string_view value) {
        return habits_.seen(where, value, look.time(), config_.memory) > 0;
    };
    if (!is_known(ask.action[0], does) || !is_known(ask.client[0], look.client) ||
        !is_known(ask.source[0], look.network)) {
        return Habit::None;
    }
    if (action.weight == 0) return Habit::Whole;
    const bool has_thing = action.weight >= 2 && !action.thing.empty();
    return is_known(ask.scope[0], ask.scope_value) && (!has_thing || is_known(ask.thing[0], action.thing))
               ? Habit::Whole
               : Habit::Action;
}

// No sign that somebody else does it: through a grant that the actor has used before, nothing refused, as
// nobody else, by a program with its own client (a person takes up a new one any day). Whoever asks for a
// token of the control plane's namespace takes another's identity, whatever the right to do so.
bool Novelty::is_own_act(const Look& look, bool is_new_client) const {
    const audit::Event& event = look.event();
    const bool is_owner =
        look.actor.is(ActorClass::Human) || (look.actor.is(ActorClass::ServiceAccount) && !is_new_client);
    const bool takes_identity =
        event.object.subresource == "token" && event.object.namespace_ == "kube-system";
    return is_owner && !takes_identity && !look.action.refused && !is_refusal(look.request().verdict) &&
           (!event.is_impersonated || look.request().is_through()) && has_old_grant(look);
}

// Of what an actor does at home:
// - objects of the daily kind where it works anyway; of a program that applies many kinds, anywhere, also
// those
//   that run on every node or come back by themselves;
// - what is of least weight.
bool Novelty::reaches_little(const Look& look, const Hit& hit, bool is_new_place) const {
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
    return is_person || habits_.context(context('w', look.actor.key)).kinds >= kManyKinds;
}

// - A person who asks for his own rights or for what is no secret, from where he always is, reaches nothing
// yet.
// - Who does the same in many namespaces comes to one more: a new tenant, a new application.
bool Novelty::is_slight(const Look& look, const Questions& ask, bool is_only_scope,
                        bool is_new_source) const {
    const Action& action = look.action;
    if (action.refused) return false;
    if (look.actor.is(ActorClass::Human) && action.tactic == Tactic::Discovery) {
        const bool asks_all_rights = look.event().object.resource == "selfsubjectrulesreviews";
        return !is_new_source && !look.event().is_impersonated && (!asks_all_rights || look.is_first_use);
    }
    const bool is_workload = action.tactic == Tactic::Execution || action.tactic == Tactic::Persistence;
    return is_only_scope && !is_new_source && is_workload && action.weight <= 3 &&
           look.event().object.subresource.empty() && look.event().object.namespace_ != "kube-system" &&
           action.key.find("write ") != std::string::npos &&
           habits_.context(ask.scope[0]).kinds >= kManyScopes;
}

// One reason: "never done in 16 days; none of 14 colleagues did this", and the bits behind it.
void Novelty::explain(const Look& look, const Questions& ask, std::string_view peers, std::string_view value,
                      double bits, std::string_view name, const std::string& what, bool young,
                      Hit& hit) const {
    const audit::Duration known = look.known_for();
    const int64_t members = habits_.context(ask.members).kinds;
    const int64_t others = std::max<int64_t>(0, members - (look.is_newcomer() ? 0 : 1));
    const int64_t did = std::min(others, habits_.seen(peers, value, look.time(), config_.memory));
    std::string text = "never " + what;
    if (!young) {
        text += " in " + span_words(known);
    } else {
        text += " before: the account is " +
                (look.is_newcomer() ? std::string("new") : "known for " + span_words(known) + " only");
    }
    if (others > 0) {
        const std::string_view whom = look.actor.is(ActorClass::Human) ? "colleague" : "peer";
        const std::string of = did == 0 && others > 1 ? "none" : std::to_string(did);
        text += "; " + of + " of " + counted(static_cast<uint64_t>(others), whom) + " did this";
    }
    char number[32];
    std::snprintf(number, sizeof number, "%.1f bits", bits);
    hit.reasons.push_back({std::string(name), text, number});
}

std::optional<Candidate> Novelty::judge(const Look& look) const {
    const Action& action = look.action;
    if (action.weight == 0 || look.actor.is(ActorClass::Anonymous)) return std::nullopt;
    const Questions ask = questions(look);
    const audit::Time now = look.time();
    const auto is_new = [&](const std::string& where, std::string_view value) {
        return !value.empty() && habits_.seen(where, value, now, config_.memory) == 0;
    };
    const bool new_action = is_new(ask.action[0], action.key);
    const bool new_scope = is_new(ask.scope[0], ask.scope_value);
    const bool new_thing = action.weight >= 2 && is_new(ask.thing[0], action.thing);
    const bool young = look.before.requests < config_.young_requests || look.known_for() < config_.young;
    const bool is_control = look.actor.is(ActorClass::ControlPlane);
    // The built-in controllers run in one process: what is usual for the others is usual for one that has had
    // nothing to do so far.
    const size_t of_whom = is_control && young ? ask.client.size() - 1 : 0;
    const bool new_client = is_new(ask.client[of_whom], look.client);
    const bool new_source = is_new(ask.source[of_whom], look.network);
    // A new network alone is DHCP, a new NAT gateway or a train; the built-in controllers do what the cluster
    // needs, and the Node authorizer lets a kubelet reach what its pods need, and nothing else.
    if (is_control || is_by_node_authorizer(look) ? !(new_client || new_source)
                                                  : !(new_action || new_scope || new_thing || new_client)) {
        return std::nullopt;
    }

    const size_t from = young ? 1 : 0;

    Candidate candidate;
    Hit& hit = candidate.hit;
    double total = 0;
    const auto weigh = [&](const HabitModel::Levels& levels, size_t own_levels, std::string_view value,
                           double uniform, double intruder_share, double intruder, bool is_news, size_t peers,
                           std::string_view name, const std::string& what) {
        if (value.empty()) return;
        const double p = habits_.probability(levels, value, uniform, young ? own_levels : 0);
        const double all = habits_.probability(levels, value, uniform, levels.size() - 1);
        const double bits =
            std::max(-3.0, bits_of(intruder_share * intruder + (1 - intruder_share) * all, p));
        total += bits;
        if (is_news && bits > 0.5) explain(look, ask, levels[peers], value, bits, name, what, young, hit);
    };
    const double taste = action.weight / kAllWeights * (action.happened ? 1.0 : 0.5);
    weigh(ask.action, 1, action.key, kUniformAction, 0.7, taste, new_action, 1, "new-action", "done");
    weigh(ask.scope, 2, ask.scope_value, kUniformScope, 0.5, 1.0 / 16, new_scope, 2, "new-scope",
          "done " + scope_words(look, ask.scope_value));
    weigh(ask.thing, 1, action.thing, kUniformThing, 0.5, 1.0 / 16, new_thing, 1, "new-object",
          "with this Secret");
    // The owner's own client and network are as good as certain for a thief of the whole identity.
    for (const auto& [levels, value, is_news, name, what] :
         {std::tuple{&ask.client, std::string_view(look.client), new_client, "new-client",
                     "with " + name_words(look.client)},
          std::tuple{&ask.source, std::string_view(look.network), new_source, "new-network",
                     "from " + name_words(look.network)}}) {
        const double p = habits_.probability(*levels, value, kUniformClient, from);
        const double bits = bits_of((1 - kSameClient) * kUniformClient + kSameClient * p, p);
        total += bits;
        if (is_news && bits > 0.5) explain(look, ask, (*levels)[1], value, bits, name, what, young, hit);
    }

    candidate.bits = total;
    candidate.key = look.actor.key + '\x1f' + action.key + '\x1f' + ask.scope_value + '\x1f' + action.thing;
    candidate.is_slight =
        is_slight(look, ask, new_scope && !new_action && !new_thing && !new_client, new_source);
    hit.is_at_home = !young && !new_source && is_own_act(look, new_client);
    hit.is_ordinary = is_ordinary(look);
    if (hit.is_at_home && reaches_little(look, hit, is_new(ask.scope[1], ask.scope_value)))
        candidate.is_slight = true;
    if (!new_action && !new_scope && !new_thing) candidate.key += '\x1f' + look.client;
    hit.kind = "unusual-access";
    hit.title = !action.happened ? "An account tries what it never did" : "An account does what it never did";
    hit.mitre = action.mitre;
    hit.tactic = action.tactic;
    hit.behaviour = action.phrase;
    hit.key = candidate.key;
    hit.what = outcome_words(look.request());
    sort_reasons(hit);
    return candidate;
}

void Novelty::learn(const Look& look) {
    const Action& action = look.action;
    const audit::Time now = look.time();
    const audit::Event& event = look.event();
    const std::string scope = scope_value(look);
    if (event.verb == "create" && event.is_resource("", "namespaces") && event.object.subresource.empty() &&
        event.succeeded() && !event.object.name.empty()) {
        std::string key(look.observation.origin.cluster);
        HabitCell& created = namespaces_.change(key.append("\x1f").append(event.object.name));
        ++created.count;
        created.last = std::max(created.last, now.time_since_epoch().count());
    }
    std::optional<Questions> asked;
    const auto learn = [&](char question, std::string_view about, std::string_view value,
                           HabitModel::Levels Questions::*levels) {
        habits_.learn(
            context(question, look.actor.key, about), value, now, [&]() -> const auto& {
                if (!asked) asked = questions(look);
                return (*asked).*levels;
            });
    };
    habits_.learn({context('m', peers_of(look))}, look.actor.key, now);
    learn('a', {}, action.key, &Questions::action);
    learn('c', {}, look.client, &Questions::client);
    learn('n', {}, look.network, &Questions::source);
    const std::string& grant = look.request().reason.words;
    if (!grant.empty()) habits_.learn({context('g', look.actor.key)}, grant, now);
    if (action.weight > 0 && action.key.starts_with("write "))
        habits_.learn({context('w', look.actor.key)}, action.key, now);
    if (action.weight == 0) return;  // where and on what matters for sensitive actions only
    learn('s', action.key, action.scope, &Questions::scope);
    if (scope != action.scope) learn('s', action.key, scope, &Questions::scope);
    if (!action.thing.empty()) learn('t', action.key, action.thing, &Questions::thing);
}

void Novelty::quarantine(const Candidate& candidate, audit::Time now) {
    HabitCell& cell = told_.change(candidate.key);
    ++cell.count;
    cell.last = now.time_since_epoch().count();
}

Novelty::Told Novelty::told(const Candidate& candidate, audit::Time now) const {
    const HabitCell* cell = told_.find(candidate.key);
    if (cell == nullptr) return Told::Never;
    const audit::Duration since = now - audit::Time{audit::Duration{cell->last}};
    if (since >= config_.memory) return Told::Never;
    return since < config_.quarantine ? Told::Lately : Told::Recurs;
}

void Novelty::load(const StateReader& state) {
    habits_.load(state);
    told_.load(state);
    bindings_.load(state);
    namespaces_.load(state);
}

void Novelty::save(StateWriter& state) {
    habits_.save(state);
    told_.save(state);
    bindings_.save(state);
    namespaces_.save(state);
}

}  // namespace redshank::access
