#include "detectors/crd/fault_alarm.h"

#include <algorithm>

#include "detectors/crd/describe.h"
#include "detectors/crd/track_finding.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

// A finding ends when requests have succeeded for this time.
constexpr audit::Duration kHealthyFor = std::chrono::minutes{5};
constexpr audit::Duration kStormWindow = std::chrono::minutes{5};
// How long a webhook may be away while its pods are replaced, and how long after the change that may happen.
constexpr audit::Duration kRestart = std::chrono::minutes{2}, kRollout = std::chrono::minutes{10};

Level level_of(const Track& track) {
    return static_cast<Level>(track.level);
}

// While a CRD is being installed, neither its route exists nor the webhook that converts or checks its
// objects. A resource that was never seen to be served has the same time.
bool in_grace(const Resource& resource, OutcomeClass outcome, const Track& track, const Changes& changes,
              audit::Time now, audit::Duration grace) {
    if (outcome != OutcomeClass::RouteMissing && outcome != OutcomeClass::ConversionWebhook &&
        outcome != OutcomeClass::AdmissionWebhookFailed) {
        return false;
    }
    if (!resource.memory.served) return now - track.first.time < grace;
    const audit::Time created =
        changes.created(resource.key.cluster, resource.key.group, resource.key.resource);
    // A CRD that was served before and is created again was deleted, not installed.
    return created != audit::Time{} && now - created < grace && resource.last_good < created;
}

// The namespace of the Pods of the webhook that failed; "" for other failures.
std::string_view webhook_namespace(OutcomeClass outcome, const Observation& observation) {
    if (outcome != OutcomeClass::ConversionWebhook && outcome != OutcomeClass::AdmissionWebhookFailed)
        return {};
    return service_namespace(observation.event.response.message);
}

// The webhook's Pods are being replaced, as a change of their Deployment in the log shows, so that a few
// calls find no Pod. It is a fault when it continues, or when nobody changed anything.
bool is_restarting(const Track& track, std::string_view namespace_, const Observation& observation,
                   const Changes& changes) {
    if (namespace_.empty() || observation.now - track.run_start >= kRestart) return false;
    return changes.stop(track.run_start, observation.origin.cluster, namespace_, kRollout) != nullptr;
}

Severity severity_of(const Judgement& judgement, const Resource& resource, OutcomeClass outcome,
                     const Track& track) {
    if (!resource.memory.served) return Severity::Medium;
    // Clients that ask for a version which was never served: the clients are wrong, not the resource.
    if (outcome == OutcomeClass::RouteMissing && !resource.memory.has_served_any(track.versions))
        return Severity::Medium;
    if (judgement.level == Level::Failing) return Severity::High;
    // Windows of days say nothing about the last minutes.
    return judgement.rule.starts_with("burn-rate") ? Severity::Low : Severity::Medium;
}

FindingBook::Subject subject_of(const Resource& resource, OutcomeClass outcome, Level level) {
    return {"crd_health", level == Level::Failing ? "crd-failing" : "crd-degraded", resource.key.cluster,
            finding_key(resource.key, to_string(outcome))};
}

}  // namespace

void FaultAlarm::failed(Resource& resource, const Outcome& outcome, const Observation& observation,
                        const Changes& changes, const Settings& settings, FindingBook& findings) {
    Track& track = resource.tracks[outcome.outcome];
    const audit::Time now = observation.now;
    if (track.count == 1) track.change = changes.before_text(track.first.time, resource.key, outcome.outcome);
    const std::string_view pods = webhook_namespace(outcome.outcome, observation);
    if (track.count == 1 && track.change.empty() && !pods.empty())
        track.change = changes.stop_text(track.first.time, resource.key.cluster, pods);
    track.unhealthy = now;
    // The book may have let go of a finding that got nothing new for a day.
    if (track.level > 0 && !findings.find(subject_of(resource, outcome.outcome, level_of(track))))
        track.level = 0;

    const Judgement judgement = judge(track, resource, now, settings);
    const bool is_worse = judgement.level > level_of(track);
    if (is_worse && in_grace(resource, outcome.outcome, track, changes, now, settings.grace)) return;
    if (is_worse && is_restarting(track, pods, observation, changes)) return;
    if (!is_worse && track.level == 0) return;

    std::vector<Evidence> earlier;
    if (is_worse && track.level > 0) {
        // One finding replaces the other and takes its evidence.
        const FindingBook::Subject old = subject_of(resource, outcome.outcome, level_of(track));
        earlier = findings.find(old)->evidence;
        findings.resolve(old, now);
    }
    if (is_worse) track.level = static_cast<uint8_t>(judgement.level);
    Finding& finding =
        report_failure(track, subject_of(resource, outcome.outcome, level_of(track)), observation, findings);
    if (!earlier.empty()) {
        put_before(finding, std::move(earlier), findings);
        finding.count = std::max(finding.count, track.count);
    }
    if (judgement.level < level_of(track)) return;  // the finding keeps the text of its worst time
    finding.severity = std::max(finding.severity, severity_of(judgement, resource, outcome.outcome, track));
    describe_faults(finding, resource, outcome.outcome, track, judgement);
}

void FaultAlarm::troubled(Resource& resource, const Outcome& outcome, const Observation& observation,
                          FindingBook& findings) {
    if (outcome.outcome != OutcomeClass::Conflict && outcome.outcome != OutcomeClass::Throttled) return;
    Track& track = resource.tracks[outcome.outcome];
    const audit::Time now = observation.now;
    track.unhealthy = now;
    const FindingBook::Subject subject = subject_of(resource, outcome.outcome, Level::Degraded);
    const bool is_open = track.level > 0 && findings.find(subject);
    constexpr uint64_t kStorm = 30;
    const uint64_t bad = track.bad.sum(now, kStormWindow), good = resource.valid.sum(now, kStormWindow);
    if (!is_open && (bad < kStorm || bad < good || now - track.first.time < std::chrono::minutes{1})) {
        track.level = 0;
        return;
    }
    track.level = static_cast<uint8_t>(Level::Degraded);
    Finding& finding = report_failure(track, subject, observation, findings);
    finding.severity = Severity::Low;
    describe_faults(finding, resource, outcome.outcome, track,
                    {Level::Degraded, "storm", bad, bad + good, kStormWindow});
}

bool FaultAlarm::check(Resource& resource, Turn& turn, const Settings& settings, FindingBook& findings) {
    const audit::Time now = turn.now;
    bool changed = false;
    for (auto& [outcome, track] : resource.tracks) {
        if (track.level == 0) continue;
        changed = true;
        turn.look_again();
        if (!findings.find(subject_of(resource, outcome, level_of(track)))) {
            track.end_episode();
            continue;
        }
        if (!is_healthy(track, resource, now, settings)) {
            track.unhealthy = now;
            continue;
        }
        if (now - track.unhealthy < kHealthyFor) continue;
        findings.resolve(subject_of(resource, outcome, level_of(track)), now);
        track.end_episode();
    }
    return changed;
}

}  // namespace redshank::crd
