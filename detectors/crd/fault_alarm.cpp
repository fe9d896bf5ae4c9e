#include "detectors/crd/fault_alarm.h"

#include <fmt/format.h>

#include <algorithm>

#include "detectors/crd/describe.h"

namespace redshank::crd {

namespace {

// A finding ends when requests have succeeded for so long.
constexpr audit::Duration kHealthyFor = std::chrono::minutes{5};

Level level_of(const Track& track) {
    return static_cast<Level>(track.level);
}

// While a CRD is being installed its route is not there yet, and neither is the webhook that converts or
// checks its objects. What was never seen to be served has the same time to come.
bool in_grace(const Resource& resource, OutcomeClass outcome, const Track& track, const Changes& changes,
              audit::Time now, audit::Duration grace) {
    if (outcome != OutcomeClass::RouteMissing && outcome != OutcomeClass::ConversionWebhook &&
        outcome != OutcomeClass::AdmissionWebhookFailed) {
        return false;
    }
    if (!resource.memory.served) return now - track.first.time < grace;
    const audit::Time created =
        changes.created(resource.key.cluster, resource.key.group, resource.key.resource);
    // A CRD that was served before and is made again was not installed: it was gone.
    return created != audit::Time{} && now - created < grace && resource.last_good < created;
}

Severity severity_of(const Judgement& judgement, const Resource& resource) {
    if (!resource.memory.served) return Severity::Medium;
    if (judgement.level == Level::Failing) return Severity::High;
    return judgement.rule == "many-at-once" ? Severity::Medium : Severity::Low;
}

std::string change_text(const Change& change, audit::Time first) {
    const auto gap = std::max(first - change.time, audit::Duration{});
    return fmt::format("{} ({} earlier)", change.text(), audit::format_duration(gap));
}

// The book put the newest event first.
void put_first(Finding& finding, std::vector<Evidence> earlier, FindingBook& findings) {
    if (earlier.empty()) return;
    Evidence newest = std::move(finding.evidence.back());
    finding.evidence.clear();
    for (Evidence& evidence : earlier) {
        finding.first_seen = std::min(finding.first_seen, evidence.time);
        findings.add_evidence(finding, std::move(evidence));
    }
    findings.add_evidence(finding, std::move(newest));
}

}  // namespace

FindingBook::Subject FaultAlarm::subject(const Resource& resource, OutcomeClass outcome, Level level) {
    return {"crd_health", level == Level::Failing ? "crd-failing" : "crd-degraded", resource.key.cluster,
            resource.key.group + '\x1f' + resource.key.resource + '\x1f' + std::string(to_string(outcome))};
}

void FaultAlarm::failed(Resource& resource, const Outcome& outcome, const Observation& observation,
                        const Changes& changes, const Settings& settings, FindingBook& findings) {
    Track& track = resource.tracks[outcome.outcome];
    const audit::Time now = observation.now;
    if (track.count == 1) {
        const Change* change = changes.before(track.first.time, resource.key.cluster, resource.key.group,
                                              resource.key.resource, outcome.outcome);
        track.change = change ? change_text(*change, track.first.time) : "";
    }
    track.unhealthy = now;
    // The book may have let go of a finding that got nothing new for a day.
    if (track.level > 0 && !findings.find(subject(resource, outcome.outcome, level_of(track))))
        track.level = 0;

    const Judgement judgement = judge(track, resource.valid, now, settings.slo);
    const bool is_worse = judgement.level > level_of(track);
    if (is_worse && in_grace(resource, outcome.outcome, track, changes, now, settings.grace)) return;
    if (!is_worse && track.level == 0) return;

    std::vector<Evidence> earlier;
    if (is_worse && track.level > 0) {
        // One finding takes over from the other, with what that one knew.
        const FindingBook::Subject old = subject(resource, outcome.outcome, level_of(track));
        if (const Finding* was = findings.find(old)) earlier = was->evidence;
        findings.resolve(old, now);
    } else if (is_worse) {
        // The last one pending is this very request.
        earlier.assign(track.pending.begin(), std::prev(track.pending.end()));
        track.pending.clear();
    }
    if (is_worse) track.level = static_cast<uint8_t>(judgement.level);
    Finding& finding = findings.report(subject(resource, outcome.outcome, level_of(track)), observation);
    if (is_worse) {
        put_first(finding, std::move(earlier), findings);
        finding.count = std::max(track.count, finding.count);
    }
    if (judgement.level < level_of(track)) return;  // what was said of its worst time stays
    finding.severity = std::max(finding.severity, severity_of(judgement, resource));
    const uint64_t bad = track.bad.sum(now, Windows::kLongest);
    const uint64_t valid = resource.valid.sum(now, Windows::kLongest);
    describe_faults(finding, resource, outcome.outcome, track, judgement,
                    budget_left(bad, valid, settings.slo));
}

bool FaultAlarm::check(Resource& resource, audit::Time now, const Settings& settings, FindingBook& findings) {
    bool changed = false;
    for (auto& [outcome, track] : resource.tracks) {
        if (track.level == 0) continue;
        changed = true;
        if (!is_healthy(track, resource.valid, now, settings.slo)) {
            track.unhealthy = now;
            continue;
        }
        if (now - track.unhealthy < kHealthyFor) continue;
        findings.resolve(subject(resource, outcome, level_of(track)), now);
        track.end_episode();
    }
    return changed;
}

}  // namespace redshank::crd
