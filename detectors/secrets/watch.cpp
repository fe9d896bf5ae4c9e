#include "detectors/secrets/watch.h"

#include <algorithm>

#include "detectors/rbac/identity.h"
#include "detectors/rbac/write.h"
#include "detectors/secrets/access.h"
#include "detectors/secrets/body_leaks.h"
#include "detectors/secrets/sentences.h"

namespace redshank {

namespace {

constexpr std::string_view kStarted = "secret_exposure.started";

bool judges_by_grant(ByGrant by_grant, const Protection& protection) {
    return by_grant == ByGrant::Always || (by_grant == ByGrant::Auto && !protection.is_configured());
}

// JSON text that tells one seed from another.
std::string id_of(const std::vector<rbac::Object>& seed) {
    std::string all;
    for (const rbac::Object& object : seed) all += rbac::to_json(object);
    return '"' + finding_id({all}) + '"';
}

}  // namespace

SecretWatch::SecretWatch(std::string cluster, const Protection& protection, ByGrant by_grant,
                         const std::vector<rbac::Object>& seed)
    : cluster_(std::move(cluster)),
      prefix_(cluster_ + '\x1f'),
      protection_(protection),
      by_grant_(by_grant),
      seed_(seed),
      seed_id_(id_of(seed)),
      windows_(cluster_, protection, judges_by_grant(by_grant, protection)),
      reads_(cluster_),
      indirect_(cluster_, protection) {
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
    check(event);
    if (const auto resource = leaks_by_logging(event)) take_leak(*resource, observation, findings);
    if (protection_.is_configured()) indirect_.observe(observation, findings);
    if (const auto write = rbac::read_write(event)) {
        journal_.add(*write, cause_of(observation));
        const rbac::Mirror::Keys affected = rbac::apply(*write, mirror_, observation.now);
        windows_.take_write(*write, affected, mirror_, journal_, observation, findings);
    } else if (const auto scope = secret_scope(event)) {
        take_access(observation, *scope, findings);
    }
}

// One finding per defect of the policy: which level it asks for, of what.
void SecretWatch::take_leak(std::string_view resource, const Observation& observation,
                            FindingBook& findings) {
    const std::string level(to_string(observation.event.level));
    Finding& finding = findings.report({.detector = "secret_exposure",
                                        .kind = "secret-in-audit-log",
                                        .cluster = cluster_,
                                        .key = level + '\x1f' + std::string(resource)},
                                       observation);
    const std::string what(resource);
    finding.has_actor = false;  // the policy did it, not the client
    finding.object.namespace_.clear();
    finding.object.name.clear();
    finding.code = 0;
    finding.verb.clear();
    finding.severity = Severity::High;
    finding.title = "The audit log itself holds secrets";
    finding.summary = "The audit policy logs " + what + " at level " + level + ", so that " +
                      (what == "secrets" ? "the contents of Secrets stand" : "live tokens stand") +
                      " in the log for everybody who may read it (" + std::to_string(finding.count) +
                      (finding.count == 1 ? " event" : " events") + "); log them at level Metadata.";
    finding.reasons = {{"level", "the level that the policy asks for", level}, {"resource", "of", what}};
    finding.mitre = {"T1552.001"};
}

void SecretWatch::take_access(const Observation& observation, const SecretScope& scope,
                              FindingBook& findings) {
    const audit::Event& event = observation.event;
    if (event.response.code == 403 && event.decision == "forbid") {
        reads_.add(event, scope, "", 0, "refused");
        windows_.take_refusal(scope, journal_, observation, findings);
        return;
    }
    if (!discloses_secret(event)) return;
    const auto grant = audit::parse_grant(event.reason);
    auto judgement = judge_access(event, scope, grant, protection_, by_grant_);
    if (judgement) {
        take_exposed(observation, scope, grant, std::move(*judgement), findings);
    } else {
        reads_.add(event, scope, grant ? grant->to_string() : std::string(event.reason), 0, "in-order");
    }
}

void SecretWatch::take_exposed(const Observation& observation, const SecretScope& scope,
                               const std::optional<audit::Grant>& grant, Judgement judgement,
                               FindingBook& findings) {
    const audit::Event& event = observation.event;
    const std::string grant_text = grant ? grant->to_string() : std::string(event.reason);
    const bool has_own_right = judgement.globs.empty() && !rbac::is_anonymous(event.effective_user()) &&
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
        judgement.reason.text += ", though the caller has a right of its own to it";
    }
    reads_.add(event, scope, grant_text, window, "exposed");
    Finding& finding = findings.report(
        {.detector = "secret_exposure",
         .kind = judgement.kind,
         .cluster = cluster_,
         .key = std::string(event.user.username) + '\x1f' + std::string(event.effective_user().username) +
                '\x1f' + grant_text + '\x1f' + scope.to_string()},
        observation);
    finding.grant = grant_text;
    describe_read(finding, event, scope, judgement);
}

// The server names the first binding that allowed the request: a free proof that the mirror is right.
void SecretWatch::check(const audit::Event& event) {
    if (mirror_.objects() == 0 || !event.reason.starts_with("RBAC: allowed by ")) return;
    const auto grant = audit::parse_grant(event.reason);
    if (!grant) return;
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
    if (const auto seed_before = state.get(kStarted, cluster_)) {
        mirror_.clear();
        mirror_.load(state, prefix_);
        known_taken_ = seed_.empty() || *seed_before == seed_id_;
        if (!known_taken_) {
            mirror_.clear();
            take_seed();
        }
    }
    journal_.load(state, prefix_);
    windows_.load(state, prefix_);
    reads_.load(state, prefix_);
    indirect_.load(state, prefix_);
}

void SecretWatch::save(StateWriter& state) {
    if (known_taken_) state.put(kStarted, cluster_, seed_id_);
    mirror_.save(state, prefix_);
    journal_.save(state, prefix_);
    windows_.save(state, prefix_);
    reads_.save(state, prefix_);
    indirect_.save(state, prefix_);
}

}  // namespace redshank
