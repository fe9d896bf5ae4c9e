#include "detectors/crd/slow_alarm.h"

#include <fmt/format.h>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "detectors/crd/describe.h"
#include "detectors/crd/track_finding.h"

namespace redshank::crd {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint64_t kFewSlow = 8;
constexpr double kShare = 0.25;
constexpr audit::Duration kWindow = minutes{2}, kCalmSlow = minutes{5};
// The handler holds back the first creates after a CRD was established, for two seconds.
constexpr audit::Duration kAfterCreation = seconds{10};

FindingBook::Subject subject_of(const Resource& resource, VerbClass verbs) {
    return {"crd_health", "crd-slow", resource.key.cluster, finding_key(resource.key, to_string(verbs))};
}

}  // namespace

void SlowAlarm::succeeded(Resource& resource, const Observation& observation, const Changes& changes,
                          const Settings& settings, FindingBook& findings) {
    const audit::Event& event = observation.event;
    const VerbClass verbs = verb_class_of(event);
    if (verbs == VerbClass::Watch || event.stage != audit::Stage::ResponseComplete) return;
    const audit::Time now = observation.now;
    Latency& latency = resource.latency[verbs];
    const audit::Duration took = std::max(event.stage_time - event.received, audit::Duration{});
    const audit::Duration limit = slow_limit(latency.usual, settings.slow);
    latency.all.add(now);
    Track& slow = latency.slow;
    if (took < limit) {
        latency.usual.add(took);
        slow.add_success(event);
        return;
    }
    const audit::Time created =
        changes.created(resource.key.cluster, resource.key.group, resource.key.resource);
    if (created != audit::Time{} && event.received - created < kAfterCreation) return;
    slow.add_failure(observation, {OutcomeClass::Ok, slow_cause(event)});
    // Mostly slow requests are usual after all when they go on; only then they shape what is usual.
    if (slow.level == 0) latency.usual.add(took);
    if (slow.count == 1)
        slow.change =
            changes.before_text(slow.first.time, resource.key, OutcomeClass::AdmissionWebhookFailed);

    const uint64_t bad = slow.bad.sum(now, kWindow), all = latency.all.sum(now, kWindow);
    const FindingBook::Subject subject = subject_of(resource, verbs);
    const bool is_open = slow.level > 0 && findings.find(subject);
    if (!is_open && (bad < kFewSlow || static_cast<double>(bad) < kShare * static_cast<double>(all) ||
                     !slow.is_broad())) {
        slow.level = 0;
        return;
    }
    slow.level = 1;
    slow.unhealthy = now;
    Finding& finding = report_failure(slow, subject, observation, findings);
    finding.severity = Severity::Low;
    finding.title = "A custom resource answers slowly";
    set_about(finding, resource.key);
    const std::string cause = slow.cause_text();
    const std::string usual = "half usually take less than " + span_words(latency.usual.at(0.5));
    finding.summary = Sentence{
        .what = fmt::format("{} answers slowly: {} took longer than {} in {}", shown_name(resource.key),
                            share_words(bad, all, std::string(to_string(verbs)) + " request"),
                            span_words(limit), span_words(kWindow)),
        .why = {slow.change.empty() ? cause : just_before(slow.change),
                usual}}.to_string();
    set_reason(finding, "slow", share_words(bad, all, "request") + " took longer than " + span_words(limit),
               audit::format_duration(limit));
    set_reason(finding, "usual", usual, audit::format_duration(latency.usual.at(0.5)));
    if (!cause.empty()) set_reason(finding, "layer", cause, "");
    if (!slow.change.empty()) set_reason(finding, "change", slow.change, "");
}

bool SlowAlarm::check(Resource& resource, Turn& turn, FindingBook& findings) {
    bool changed = false;
    for (auto& [verbs, latency] : resource.latency) {
        Track& slow = latency.slow;
        if (slow.level == 0 || slow.good_since == 0 || !turn.has_come(slow.unhealthy + kCalmSlow)) continue;
        findings.resolve(subject_of(resource, verbs), turn.now);
        slow.end_episode();
        changed = true;
    }
    return changed;
}

}  // namespace redshank::crd
