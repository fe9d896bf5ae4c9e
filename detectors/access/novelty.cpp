#include "detectors/access/novelty.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "core/state/key.h"
#include "detectors/access/novelty_questions.h"

namespace redshank::access {

namespace {

// The model of an intruder for the likelihood ratio: chooses sensitive actions by their weight, anywhere, and
// uses the owner's own client and network two times in three.
constexpr double kAllWeights = 130;  // about the sum of the weights in action.cpp
constexpr double kUniformAction = 1.0 / 512, kUniformScope = 1.0 / 32, kUniformThing = 1.0 / 64,
                 kUniformClient = 1.0 / 20;
constexpr double kSameClient = 0.7;

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

// The Node authorizer lets a node do it: it names no grant, and of Secrets, ConfigMaps and tokens it gives
// single ones by name, those of the node's pods (plugin/pkg/auth/authorizer/node).
bool is_by_node_authorizer(const Look& look) {
    return look.actor.is(ActorClass::Node) && look.request().verdict == RequestVerdict::Allowed &&
           !look.event().is_impersonated && !look.request().grant() && !look.event().object.name.empty();
}

// An object of Kubernetes' own kinds is made or changed; not what every program writes about itself (Events,
// Leases) or asks by writing (reviews of tokens and rights).
bool applies_object(const audit::Event& event) {
    static constexpr std::string_view kGroups[] = {
        "", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io"};
    return is_apply(event) && event.succeeded() && event.object.subresource.empty() &&
           event.object.resource != "events" &&
           std::find(std::begin(kGroups), std::end(kGroups), event.object.api_group) != std::end(kGroups);
}

}  // namespace

Novelty::Novelty(const Config& config)
    : config_(config),
      habits_(config.max_habits),
      told_("unusual_access.told", 50'000),
      bindings_("unusual_access.young_bindings", 10'000),
      node_requests_("unusual_access.node_requests", 10'000),
      node_hosts_("unusual_access.node_hosts", 10'000),
      namespaces_("unusual_access.new_namespaces", 10'000) {}

std::string Novelty::scope_value(const Look& look) const {
    const HabitCell* created = namespaces_.find(key_in_cluster(look, look.event().object.namespace_));
    const bool is_new = created != nullptr &&
                        look.time() - audit::Time{audit::Duration{created->last}} < config_.new_namespace;
    return is_new ? "a new namespace" : look.action.scope;
}

Novelty::Questions Novelty::questions(const Look& look, const std::string& does) const {
    const std::string& me = look.actor.key;
    const auto peers = [&](char question, std::string_view about = {}) {
        return habit_of_peers(question, look.actor, about);
    };
    const auto all = [&](char question, std::string_view about = {}) {
        return HabitOf(question, "every ", to_string(look.actor.actor_class), about);
    };
    return {.action = {{'a', me}, peers('a'), all('a')},
            .scope = {{'s', me, does}, {'s', me}, peers('s', does), all('s', does)},
            .thing = {{'t', me, does}, peers('t', does), all('t', does)},
            .client = {{'c', me}, peers('c'), all('c')},
            .source = {{'n', me}, peers('n'), all('n')},
            .members = peers('m'),
            .scope_value = scope_value(look)};
}

Novelty::Questions Novelty::questions(const Look& look) const {
    return questions(look, look.action.key);
}

bool Novelty::is_first_use(const Look& look) const {
    return look.actor.is(ActorClass::Human) &&
           habits_.seen(HabitOf('c', look.actor.key), look.client, look.time(), config_.memory) <= 2 &&
           habits_.seen(HabitOf('n', look.actor.key), look.network, look.time(), config_.memory) > 0;
}

bool Novelty::is_own_network(const Look& look) const {
    return look.actor.is(ActorClass::Human) && is_settled(look, 'n', look.network);
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
    const auto is_known = [&](const HabitOf& where, std::string_view value) {
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

// One reason: "never done in 16 days; none of 14 colleagues did this", and the bits behind it.
void Novelty::explain(const Look& look, const Questions& ask, const HabitOf& peers, std::string_view value,
                      double bits, std::string_view name, const std::string& what, bool young, bool on_trial,
                      Hit& hit) const {
    const audit::Duration known = look.known_for();
    const int64_t members = habits_.context(ask.members).kinds;
    const int64_t others = std::max<int64_t>(0, members - (look.is_newcomer() ? 0 : 1));
    const int64_t all = habits_.seen(peers, value, look.time(), config_.memory) - (on_trial ? 1 : 0);
    const int64_t did = std::clamp<int64_t>(all, 0, others);
    std::string text = (on_trial ? "only lately " : "never ") + what;
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

Novelty::News Novelty::news_of(const Look& look, const Questions& ask) const {
    const auto is_new = [&](const HabitOf& where, std::string_view value) {
        return !value.empty() && habits_.seen(where, value, look.time(), config_.memory) == 0;
    };
    News news{.young = look.before.requests < config_.young_requests || look.known_for() < config_.young};
    news.action = is_new(ask.action[0], look.action.key);
    news.scope = is_new(ask.scope[0], ask.scope_value);
    news.thing = look.action.weight >= 2 && is_new(ask.thing[0], look.action.thing);
    // The built-in controllers run in one process: what is usual for the others is usual for one that has had
    // nothing to do so far.
    const size_t of_whom = look.actor.is(ActorClass::ControlPlane) && news.young ? ask.client.size() - 1 : 0;
    news.client_on_trial = is_on_trial(look, ask.client.front(), look.client);
    // Pods and controllers move about.
    news.source_on_trial =
        look.actor.is(ActorClass::Human) && is_on_trial(look, ask.source.front(), look.network);
    news.client = news.client_on_trial || is_new(ask.client[of_whom], look.client);
    news.source = news.source_on_trial || is_new(ask.source[of_whom], look.network);
    return news;
}

// The score in bits, and a reason for each part that is news.
double Novelty::weigh(const Look& look, const Questions& ask, const News& news, Hit& hit) const {
    double total = 0;
    const auto add = [&](const HabitModel::Levels& levels, size_t own_levels, std::string_view value,
                         double uniform, double intruder_share, double intruder, bool is_news,
                         std::string_view name, const std::string& what) {
        if (value.empty()) return;
        const double p = habits_.probability(levels, value, uniform, news.young ? own_levels : 0);
        const double all = habits_.probability(levels, value, uniform, levels.size() - 1);
        const double bits =
            std::max(-3.0, bits_of(intruder_share * intruder + (1 - intruder_share) * all, p));
        total += bits;
        if (is_news && bits > 0.5)
            explain(look, ask, levels[own_levels], value, bits, name, what, news.young, false, hit);
    };
    const Action& action = look.action;
    const double taste = action.weight / kAllWeights * (action.happened ? 1.0 : 0.5);
    add(ask.action, 1, action.key, kUniformAction, 0.7, taste, news.action, "new-action", "done");
    add(ask.scope, 2, ask.scope_value, kUniformScope, 0.5, 1.0 / 16, news.scope, "new-scope",
        "done " + scope_words(ask.scope_value, look.event().object.namespace_));
    add(ask.thing, 1, action.thing, kUniformThing, 0.5, 1.0 / 16, news.thing, "new-object",
        "with this Secret");
    // The owner's own client and network are as good as certain for a thief of the whole identity.
    const auto add_own = [&](const HabitModel::Levels& levels, std::string_view value, bool is_news,
                             bool on_trial, std::string_view name, const std::string& what) {
        const double p = habits_.probability(levels, value, kUniformClient, news.young ? 1 : 0, on_trial);
        const double bits = bits_of((1 - kSameClient) * kUniformClient + kSameClient * p, p);
        total += bits;
        if (is_news && bits > 0.5)
            explain(look, ask, levels[1], value, bits, name, what, news.young, on_trial, hit);
    };
    add_own(ask.client, look.client, news.client, news.client_on_trial, "new-client",
            "with " + name_words(look.client));
    add_own(ask.source, look.network, news.source, news.source_on_trial, "new-network",
            "from " + name_words(look.network));
    return total;
}

void Novelty::describe_act(const Look& look, const Questions& ask, const News& news,
                           Candidate& candidate) const {
    const Action& action = look.action;
    Hit& hit = candidate.hit;
    candidate.key = row_key({look.actor.key, action.key, ask.scope_value, action.thing});
    if (news.client) candidate.trial = row_key({"trial", candidate.key, look.client});
    if (!news.action && !news.scope && !news.thing) candidate.key = row_key({candidate.key, look.client});
    // What is told at low hides no such act that reaches further.
    if (candidate.is_slight) candidate.key = row_key({candidate.key, "slight"});
    hit.kind = "unusual-access";
    hit.title = !action.happened ? "An account tries what it never did" : "An account does what it never did";
    hit.mitre = action.mitre;
    hit.tactic = action.tactic;
    hit.behaviour = action.phrase;
    hit.key = candidate.key;
    hit.what = outcome_words(look.request());
    sort_reasons(hit);
}

std::optional<Candidate> Novelty::judge(const Look& look) const {
    if (look.action.weight == 0 || look.actor.is(ActorClass::Anonymous)) return std::nullopt;
    const Questions ask = questions(look);
    const News news = news_of(look, ask);
    // A new network alone is DHCP, a new NAT gateway or a train; the built-in controllers do what the cluster
    // needs, and the Node authorizer lets a kubelet reach what its pods need, and nothing else.
    const bool is_needed = look.actor.is(ActorClass::ControlPlane) || is_by_node_authorizer(look);
    if (is_needed ? !(news.client || news.source)
                  : !(news.action || news.scope || news.thing || news.client)) {
        return std::nullopt;
    }
    Candidate candidate;
    candidate.bits = weigh(look, ask, news, candidate.hit);
    candidate.hit.is_at_home = is_at_home(look, news);
    candidate.hit.is_refused = look.action.refused;
    candidate.hit.is_idle = !look.action.happened && (!look.action.refused || look.has_been_admin);
    candidate.hit.is_ordinary = is_ordinary(look);
    candidate.hit.is_wide = is_wide(look, candidate.hit);
    if (candidate.hit.is_ordinary && is_new_program(look)) candidate.hit.part_of = installer_of(look);
    candidate.is_slight = is_slight(look, ask, news, candidate.hit);
    candidate.is_on_the_way = is_on_the_way(look, ask, news);
    describe_act(look, ask, news, candidate);
    if (is_weighed(look, news, candidate)) return std::nullopt;
    return candidate;
}

// Nothing but its client on trial is news, and that was weighed with the same act today.
bool Novelty::is_weighed(const Look& look, const News& news, const Candidate& candidate) const {
    if (!news.client_on_trial || news.action || news.scope || news.thing) return false;
    const HabitCell* cell = told_.find(candidate.trial);
    return cell != nullptr &&
           look.observation.now - audit::Time{audit::Duration{cell->last}} < config_.quarantine;
}

void Novelty::learn(const Look& look, const Candidate& candidate) {
    learn(look);
    if (candidate.trial.empty()) return;
    HabitCell& cell = told_.change(candidate.trial);
    ++cell.count;
    cell.last = look.observation.now.time_since_epoch().count();
}

void Novelty::learn(const Look& look) {
    const Action& action = look.action;
    const audit::Time now = look.time();
    const audit::Event& event = look.event();
    const std::string scope = scope_value(look);
    if (event.created_object() && event.is_resource("", "namespaces") && event.object.subresource.empty() &&
        !event.object.name.empty()) {
        HabitCell& created = namespaces_.change(key_in_cluster(look, event.object.name));
        ++created.count;
        created.last = std::max(created.last, now.time_since_epoch().count());
    }
    std::optional<Questions> asked;
    const auto learn = [&](char question, std::string_view about, std::string_view value,
                           HabitModel::Levels Questions::*levels) {
        habits_.learn(
            HabitOf(question, look.actor.key, about), value, now, [&]() -> const auto& {
                if (!asked) asked = questions(look);
                return (*asked).*levels;
            });
    };
    habits_.learn({habit_of_peers('m', look.actor)}, look.actor.key, now);
    learn('a', {}, action.key, &Questions::action);
    learn('c', {}, look.client, &Questions::client);
    learn('n', {}, look.network, &Questions::source);
    const std::string& grant = look.request().reason.words;
    if (!grant.empty()) habits_.learn({HabitOf('g', look.actor.key)}, grant, now);
    if (look.actor.is(ActorClass::Human) && has_all_rights(look) && look.request().has_effect())
        habits_.learn({HabitOf('g', look.actor.key)}, kAllRights, now);
    if (look.actor.is(ActorClass::ServiceAccount) && applies_object(event))
        habits_.learn({HabitOf('w', look.actor.key)}, event.object.resource, now);
    if (action.weight == 0) {  // on what matters for sensitive actions only, and where, of a person at work
        if (look.actor.is(ActorClass::Human) && !action.refused && !event.object.namespace_.empty())
            habits_.learn({HabitOf('p', look.actor.key)}, scope, now);
        return;
    }
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
    modest_.load(state);
    started_.load(state);
    node_requests_.load(state);
    control_hosts_.load(state);
    node_hosts_.load(state);
    namespaces_.load(state);
}

void Novelty::save(StateWriter& state) {
    habits_.save(state);
    told_.save(state);
    bindings_.save(state);
    modest_.save(state);
    started_.save(state);
    node_requests_.save(state);
    control_hosts_.save(state);
    node_hosts_.save(state);
    namespaces_.save(state);
}

}  // namespace redshank::access
