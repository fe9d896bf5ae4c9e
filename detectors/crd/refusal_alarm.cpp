#include "detectors/crd/refusal_alarm.h"

#include <fmt/format.h>

#include "audit/grant.h"
#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "detectors/crd/describe.h"
#include "detectors/crd/track_finding.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr uint64_t kFew = 5, kMany = 20;
constexpr audit::Duration kLastingRefusals = minutes{10};
// After this time without another refusal the caller has given up: the finding ends, although nothing is
// mended.
constexpr audit::Duration kRefusalsEnd = hours{6};
constexpr audit::Duration kCalmRefusals = minutes{5};

FindingBook::Subject subject_of(const Resource& resource, OutcomeClass outcome, const Caller& caller) {
    return {"crd_health", outcome == OutcomeClass::Forbidden ? "crd-operator-refused" : "crd-degraded",
            resource.key.cluster, finding_key(resource.key, to_string(outcome), caller.user)};
}

// An API server that has just started does not have the roles yet, and refuses everybody for a minute.
bool may_be_start(const Track& track, const audit::Event& event, audit::Time now) {
    return audit::names_missing_role(event.reason) && track.change.empty() &&
           now - track.run_start < kCalmRefusals;
}

// Info: not worth a finding.
Severity weigh(const Caller& caller, OutcomeClass outcome, const Track& track, bool had_access,
               audit::Time now) {
    const audit::Duration lasts = now - track.run_start;
    if (outcome == OutcomeClass::Forbidden) {
        // People find out for themselves what they may not do.
        if (!caller.is_service_account() || track.run < kFew) return Severity::Info;
        // It has lost rights that it had.
        if (had_access && (track.run >= kMany || lasts >= kCalmRefusals)) return Severity::High;
        if (had_access && track.objects.size() >= 3) return Severity::Medium;
        return lasts >= kLastingRefusals ? Severity::Medium : Severity::Info;
    }
    // A schema, a policy or a webhook was changed, and what went through before does not any more.
    if (!track.change.empty() && had_access && track.run >= kFew && track.objects.size() >= 2)
        return Severity::Medium;
    if (caller.is_service_account() && track.run >= 2 * kFew && lasts >= kLastingRefusals)
        return Severity::Low;
    return Severity::Info;
}

void describe(Finding& finding, const Resource& resource, const Caller& caller, OutcomeClass outcome,
              const Track& track, bool had_access) {
    const bool rights = outcome == OutcomeClass::Forbidden;
    finding.title = rights ? "A service account is refused a custom resource again and again"
                           : fmt::format("Requests on a custom resource are refused again and again: {}",
                                         to_string(outcome));
    set_about(finding, resource.key);
    const std::string cause = cut_words(track.cause_text(Track::kShortCause), Track::kShortCause);
    finding.summary =
        Sentence{.what = fmt::format("{} was refused {} on {}", user_words(caller.user),
                                     counted(track.run, "time"), shown_name(resource.key)),
                 .why = {just_before(track.change), cause, had_access ? "it was allowed this before" : ""}}
            .to_string();
    set_reason(finding, "outcome", cut_words(track.cause_text(), Track::kLongCause),
               std::string(to_string(outcome)));
    set_reason(finding, "caller", user_words(caller.user) + " is refused", shown(caller.user));
    set_reason(finding, "refused", counted(track.run, "time") + " without one success",
               std::to_string(track.run));
    set_reason(finding, "had-access",
               had_access ? "the same kind of request succeeded before" : "it never succeeded before",
               had_access ? "yes" : "no");
    if (!track.change.empty()) set_reason(finding, "change", track.change, "");
}

}  // namespace

void RefusalAlarm::refused(const Resource& resource, Caller& caller, const Outcome& outcome,
                           const Observation& observation, const Changes& changes, FindingBook& findings) {
    Track& track = caller.refused[outcome.outcome];
    track.add_failure(observation, outcome);
    const audit::Time now = observation.now;
    if (track.count == 1) {
        const Change* change = changes.before(track.first.time, resource.key.cluster, resource.key.group,
                                              resource.key.resource, outcome.outcome);
        // A change that came with the CRD itself is not new.
        const bool is_news = change && !(change->what == Change::What::Crd && change->verb == "create");
        track.change = is_news ? changes.before_text(track.first.time, resource.key, outcome.outcome) : "";
    }
    const FindingBook::Subject subject = subject_of(resource, outcome.outcome, caller);
    const bool had_access = caller.had_verb(observation.event.verb);
    const Severity severity = may_be_start(track, observation.event, now)
                                  ? Severity::Info
                                  : weigh(caller, outcome.outcome, track, had_access, now);
    if (track.level > 0 && !findings.find(subject)) track.level = 0;
    if (track.level == 0 && severity == Severity::Info) return;
    track.level = 1;
    Finding& finding = report_failure(track, subject, observation, findings);
    if (severity == Severity::Info) return;
    finding.severity = std::max(finding.severity, severity);
    describe(finding, resource, caller, outcome.outcome, track, had_access);
}

bool RefusalAlarm::check(Resource& resource, Turn& turn, FindingBook& findings) {
    bool changed = false;
    for (auto& [user, caller] : resource.callers) {
        for (auto& [outcome, track] : caller.refused) {
            if (track.level == 0) continue;
            if (!turn.has_come(track.last + (track.good_since > 0 ? kCalmRefusals : kRefusalsEnd))) continue;
            findings.resolve(subject_of(resource, outcome, caller), turn.now);
            track.end_episode();
            changed = true;
        }
    }
    return changed;
}

}  // namespace redshank::crd
