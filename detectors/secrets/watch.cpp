#include "detectors/secrets/watch.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "core/finding/sentence.h"
#include "core/request/helm.h"
#include "core/request/names.h"
#include "core/state/key.h"
#include "detectors/claimed_source.h"
#include "detectors/rbac/write.h"
#include "detectors/secrets/access.h"
#include "detectors/secrets/body_leaks.h"
#include "detectors/secrets/doubt.h"
#include "detectors/secrets/sentences.h"

namespace redshank::secrets {

namespace {

constexpr std::string_view kStarted = "secret_exposure.started";

bool judges_by_grant(ByGrant by_grant, const Protection& protection) {
    return by_grant == ByGrant::Always || (by_grant == ByGrant::Auto && !protection.is_configured());
}

// Tells one seed from another.
std::string id_of(const std::vector<rbac::Object>& seed) {
    std::string all;
    for (const rbac::Object& object : seed) all += rbac::to_json(object);
    return finding_id({all});
}

}  // namespace

SecretWatch::SecretWatch(std::string cluster, const Protection& protection, ByGrant by_grant,
                         audit::Duration settle, const std::vector<rbac::Object>& seed)
    : cluster_(std::move(cluster)),
      prefix_(cluster_ + kKeyMark),
      protection_(protection),
      by_grant_(by_grant),
      settle_(settle),
      seed_(seed),
      seed_id_(id_of(seed)),
      windows_(cluster_, protection, judges_by_grant(by_grant, protection)),
      reads_(cluster_),
      indirect_(cluster_, protection, mirror_) {
    take_seed();
}

void SecretWatch::take_seed() {
    for (const rbac::Object& object : seed_) mirror_.put(object, audit::Time{});
    mirror_.settle(audit::Time::max());
}

void SecretWatch::observe(const Observation& observation, FindingBook& findings) {
    if (!observation.answers) return;
    const audit::Event& event = observation.event;
    if (!known_taken_) {
        windows_.take_known(mirror_, event.stage_time, findings);
        known_taken_ = true;
    }
    if (!since_) since_ = event.stage_time;
    check(observation.request);
    admins_.observe(observation.request);
    callers_.observe(observation.request, *since_);
    renames_.observe(observation);
    hosts_.note(observation);
    if (const auto resource = leaks_by_logging(event)) take_leak(*resource, observation, findings);
    if (protection_.is_configured()) indirect_.observe(observation, findings);
    if (const auto write = rbac::read_write(observation.request)) {
        const Cause cause = cause_of(observation);
        journal_.add(*write, cause);
        const rbac::Mirror::Keys affected = rbac::apply(*write, mirror_, observation.now);
        windows_.take_write(*write, affected, mirror_, journal_, observation, findings);
        if (judges_by_grant(by_grant_, protection_)) take_removal(*write, cause, findings);
    } else if (const auto birth = rbac::read_birth(event)) {
        journal_.add(*birth, cause_of(observation));
    } else if (const auto shown = rbac::read_shown(event); !shown.empty()) {
        take_shown(shown, observation, findings);
    } else if (const auto scope = secret_scope(event)) {
        take_access(observation, *scope, findings);
    }
}

// Objects that the mirror lacks. An answer may be older than a write that its line comes after.
void SecretWatch::take_shown(const std::vector<rbac::Object>& shown, const Observation& observation,
                             FindingBook& findings) {
    rbac::Mirror::Keys affected;
    for (const rbac::Object& object : shown) {
        const bool is_known = std::visit(
            [&](const auto& known) {
                if constexpr (std::is_same_v<std::decay_t<decltype(known)>, rbac::Role>) {
                    return mirror_.role(known.namespace_, known.name) != nullptr;
                } else {
                    return mirror_.binding(known.namespace_, known.name) != nullptr;
                }
            },
            object);
        if (is_known || journal_.has_written(object, observation.event.received)) continue;
        affected.merge(mirror_.put(object, observation.now));
    }
    windows_.take_settled(affected, mirror_, journal_, observation.now, findings);
}

// A binding that was made, used and taken away again.
void SecretWatch::take_removal(const rbac::Write& write, const Cause& removal, FindingBook& findings) {
    if (is_core_component(removal.actor.user)) return;
    for (const TemporaryGrant& grant :
         temporary_grants(write, removal, {reads_, journal_, mirror_, *since_ + settle_})) {
        Finding& finding =
            findings.report({.detector = "secret_exposure",
                             .kind = "secret-exposure-closed",
                             .cluster = cluster_,
                             .key = row_key({grant.binding, audit::format_time(grant.made.time)})},
                            removal.time);
        describe_temporary(finding, grant.binding, grant.made, removal, grant.reads);
    }
}

// Makes one finding for each defect of the policy: the level, and the resource.
void SecretWatch::take_leak(std::string_view resource, const Observation& observation,
                            FindingBook& findings) {
    const std::string level(to_string(observation.event.level));
    Finding& finding = findings.report({.detector = "secret_exposure",
                                        .kind = "secret-in-audit-log",
                                        .cluster = cluster_,
                                        .key = row_key({level, resource})},
                                       observation);
    const std::string what(resource);
    finding.actor.reset();  // the policy did it, not the client
    if (finding.object) {
        finding.object->namespace_.clear();
        finding.object->name.clear();
    }
    finding.code = 0;
    finding.verb.clear();
    finding.severity = Severity::High;
    finding.title = "The audit log itself holds secrets";
    const bool is_secrets = what == "secrets";
    finding.summary =
        Sentence{.what = "the audit policy logs " + (is_secrets ? std::string("Secrets") : what) +
                         " at level " + level + ", so " +
                         (is_secrets ? "their contents stand" : "live tokens stand") + " in the log (" +
                         counted(finding.count, "event") + ")",
                 .why = {"everybody who may read the log can use them; level Metadata is enough"}}
            .to_string();
    give_reasons(finding, {{"level", "the level that the policy asks for", level},
                           {"resource", "the resource that it logs", what}});
    finding.mitre = {"T1552.001"};
}

void SecretWatch::take_access(const Observation& observation, const SecretScope& scope,
                              FindingBook& findings) {
    const audit::Event& event = observation.event;
    const Request& request = observation.request;
    // After a refused impersonation the right to the Secret was never checked.
    if (request.verdict == RequestVerdict::Forbidden && !is_refused_impersonation(event)) {
        reads_.add(event, scope, "", 0, "refused");
        windows_.take_refusal(scope, journal_, observation, findings);
        return;
    }
    if (!discloses_secret(event)) return;
    auto judgement = judge_access(request, scope, protection_, by_grant_);
    if (judgement) {
        take_exposed(observation, scope, std::move(*judgement), findings);
    } else if (!selects_helm_releases(event) || is_protected(scope)) {
        // Helm's list of its releases is configuration more than credentials, and no habit of reading others.
        const bool is_known = reads_.knows_grant(granted_by(request)) || !is_helm_release(event.object);
        const bool is_judged = take_doubtful(observation, scope, findings);
        // A single release, which Helm reads and writes with every upgrade, vouches for no other Secret
        // either.
        if (is_known) reads_.add(event, scope, granted_by(request), 0, is_judged ? "in-order" : "not-judged");
    }
}

bool SecretWatch::is_protected(const SecretScope& scope) const {
    const auto& globs = protection_.globs();
    return std::any_of(globs.begin(), globs.end(),
                       [&](const ProtectedGlob& glob) { return glob.touches(scope); });
}

// False when nothing judges it: it is not protected, and grants are not judged, or not yet.
bool SecretWatch::take_doubtful(const Observation& observation, const SecretScope& scope,
                                FindingBook& findings) {
    const audit::Event& event = observation.event;
    if (is_protected(scope)) return true;
    if (!judges_by_grant(by_grant_, protection_) || event.stage_time - *since_ < settle_) return false;
    // Who has a new name since everybody has one reads what he read before, through the same binding.
    const NamesRow::One* former = renames_.former(observation);
    if (former && reads_.has_used(former->name.get(), observation.request.grant())) return true;
    auto judgement =
        doubt_access(observation.request, scope,
                     {reads_, journal_, mirror_, *since_ + settle_, admins_.is_old(observation.request),
                      hosts_.has(observation), renames_.is_at_home(observation),
                      callers_.is_unknown(observation.request, *since_, renames_.since(observation))
                          ? event.stage_time - *since_
                          : audit::Duration{}});
    if (judgement && is_helm_release(event.object)) {
        judgement->severity = Severity::Low;
        judgement->but = "it is a release of Helm, configuration more than credentials";
    }
    if (judgement) report_read(observation, scope, granted_by(observation.request), *judgement, findings);
    return true;
}

void SecretWatch::take_exposed(const Observation& observation, const SecretScope& scope, Judgement judgement,
                               FindingBook& findings) {
    const audit::Event& event = observation.event;
    const auto& grant = observation.request.grant();
    const std::string grant_text = granted_by(observation.request);
    const bool has_own_right = judgement.globs.empty() &&
                               !observation.request.effective.is(ActorClass::Anonymous) &&
                               reads_.has_own_right(event, scope, grant_text);
    uint64_t window = 0;
    if (grant && judgement.kind == "secret-read-unprotected") {
        std::vector<std::string> targets;
        for (const ProtectedGlob* glob : judgement.globs) targets.push_back(glob->to_string());
        if (targets.empty() && judges_by_grant(by_grant_, protection_)) {
            targets.push_back(target_of(grant->binding_namespace));
        }
        for (const std::string& target : targets) {
            window = windows_.take_read(target, judgement.severity, *grant, actor_words(event), scope,
                                        journal_, observation, findings);
        }
    }
    if (has_own_right) {
        judgement.severity = Severity::Low;
        judgement.but = "the caller has a right of its own to it";
    }
    reads_.add(event, scope, grant_text, window, "exposed");
    report_read(observation, scope, grant_text, judgement, findings);
}

void SecretWatch::report_read(const Observation& observation, const SecretScope& scope,
                              const std::string& grant_text, const Judgement& judgement,
                              FindingBook& findings) {
    const audit::Event& event = observation.event;
    std::string reader(event.user.username);
    if (observation.request.actor.is(ActorClass::Anonymous))
        reader += '@' + strangers_.place(cluster_, event.peer_ip(), observation.now);
    Finding& finding = findings.report(
        {.detector = "secret_exposure",
         .kind = judgement.kind,
         .cluster = cluster_,
         .key = row_key({reader, event.effective_user().username, grant_text, scope.to_string()})},
        observation);
    finding.grant = grant_text;
    describe_read(finding, event, scope, judgement);
}

// The server names the first binding that allowed the request: a free proof that the mirror is right.
void SecretWatch::check(const Request& request) {
    const audit::Event& event = request.event;
    const auto& grant = request.grant();
    if (mirror_.objects() == 0 || !grant) return;
    const rbac::Binding* binding = mirror_.binding(grant->binding_namespace, grant->binding_name);
    if (!binding || !mirror_.role(binding->role_namespace(), binding->role_name)) {
        ++checked_.unknown;
        return;
    }
    const bool agrees = binding->role_kind == grant->role_kind && binding->role_name == grant->role_name &&
                        mirror_.allows(*binding, event.effective_user(), rbac::Question::of(event));
    ++(agrees ? checked_.agree : checked_.differ);
}

void SecretWatch::advance(audit::Time now, FindingBook& findings) {
    windows_.take_settled(mirror_.settle(now), mirror_, journal_, now, findings);
    windows_.advance(now, journal_, findings);
}

void SecretWatch::load(const StateReader& state) {
    if (state.get(kStarted, cluster_)) {
        mirror_.clear();
        mirror_.load(state, prefix_);
        std::string seed_before;
        load_row(state, kStarted, cluster_, seed_before);
        known_taken_ = seed_.empty() || seed_before == seed_id_;
        if (!known_taken_) {
            mirror_.clear();
            take_seed();
        }
    }
    load_row(state, kStarted, prefix_ + "since", since_);
    journal_.load(state, prefix_);
    windows_.load(state, prefix_);
    reads_.load(state, prefix_);
    admins_.load(state, prefix_);
    callers_.load(state, prefix_);
    renames_.load(state, prefix_);
    hosts_.load(state);
    indirect_.load(state, prefix_);
    strangers_.load(state);
}

void SecretWatch::save(StateWriter& state) {
    if (known_taken_) state.put(kStarted, cluster_, write_row(seed_id_));
    if (since_) state.put(kStarted, prefix_ + "since", write_row(*since_));
    mirror_.save(state, prefix_);
    journal_.save(state, prefix_);
    windows_.save(state, prefix_);
    reads_.save(state, prefix_);
    admins_.save(state, prefix_);
    callers_.save(state, prefix_);
    renames_.save(state, prefix_);
    hosts_.save(state);
    indirect_.save(state, prefix_);
    strangers_.save(state);
}

}  // namespace redshank::secrets
