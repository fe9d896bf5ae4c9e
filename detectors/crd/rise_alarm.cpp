#include "detectors/crd/rise_alarm.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "detectors/crd/describe.h"
#include "detectors/crd/track_finding.h"

namespace redshank::crd {

namespace {

FindingBook::Subject subject_of(const Resource& resource) {
    return {"crd_health", "crd-degraded", resource.key.cluster, finding_key(resource.key, "rise")};
}

bool is_told_already(const Resource& resource) {
    return std::any_of(resource.tracks.begin(), resource.tracks.end(),
                       [](const auto& entry) { return entry.second.level > 0; });
}

void tell(const Resource& resource, const Track& track, const Observation& observation,
          const Settings& settings, FindingBook& findings) {
    const bool begins = findings.find(subject_of(resource)) == nullptr;
    Finding& finding = findings.report(subject_of(resource), observation);
    if (begins) {
        // The last one is this very request. They stay with the track: its class may become a finding too.
        put_before(finding, {track.pending.begin(), std::prev(track.pending.end())}, findings);
        finding.count = std::max<uint64_t>(finding.count, finding.evidence.size());
    }
    const audit::Duration hour = std::chrono::hours{1};
    uint64_t bad = 0;
    for (const auto& [outcome, other] : resource.tracks) {
        if (settings.spends(outcome)) bad += other.bad.sum(observation.now, hour);
    }
    finding.severity = Severity::Low;
    finding.title = "Custom resource degraded: more requests fail than usual";
    set_about(finding, resource.key);
    finding.summary =
        Sentence{.what = fmt::format(
                     "{} fails more than usual: {} failed in the last hour, where {:.2f} % is usual",
                     shown_name(resource.key),
                     share_words(bad, resource.valid.sum(observation.now, hour), "request"),
                     100 * resource.cusum.usual_share()),
                 .why = {"lately, " + cut_words(track.cause_text(Track::kShortCause), Track::kShortCause),
                         "first for " + first_failure_text(track.first)}}
            .to_string();
    set_reason(finding, "rule", "clipped CUSUM of the share of failures in a minute",
               fmt::format("{:.1f}", resource.cusum.sum));
    set_reason(finding, "usual-share", "share of requests that fail usually",
               fmt::format("{:.4f}", resource.cusum.usual_share()));
}

}  // namespace

void RiseAlarm::counted(Resource& resource, const Track* failed, const Observation& observation,
                        const Settings& settings, FindingBook& findings) {
    const bool was = resource.cusum.alarm;
    resource.cusum.add(observation.now, failed != nullptr, settings.budget());
    if (was && !resource.cusum.alarm) findings.resolve(subject_of(resource), observation.now);
    // Told with a failing request, so that there is something to look at.
    if (!failed || !resource.cusum.alarm || is_told_already(resource)) return;
    if (failed->pending.empty()) return;
    tell(resource, *failed, observation, settings, findings);
}

bool RiseAlarm::check(Resource& resource, Turn& turn, const Settings& settings, FindingBook& findings) {
    if (!turn.has_come(resource.cusum.end())) return false;
    const bool turned = resource.cusum.advance(turn.now, settings.budget());
    if (turned && !resource.cusum.alarm) findings.resolve(subject_of(resource), turn.now);
    return true;
}

}  // namespace redshank::crd
