#include "detectors/crd/silence_alarm.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "detectors/crd/describe.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

// A status that was written often enough to say what is usual.
constexpr uint64_t kEnoughStatus = 20;

FindingBook::Subject silent_subject(const Resource& resource, const Caller& caller) {
    return {"crd_health", "crd-silent", resource.key.cluster,
            finding_key(resource.key, "controller", caller.user)};
}

FindingBook::Subject lag_subject(const Resource& resource) {
    return {"crd_health", "crd-silent", resource.key.cluster, finding_key(resource.key, "status")};
}

// Another service account has taken its place since it stopped.
bool is_replaced(const Resource& resource, const Caller& gone) {
    return std::any_of(resource.callers.begin(), resource.callers.end(), [&](const auto& entry) {
        const Caller& other = entry.second;
        return other.user != gone.user && other.is_service_account() &&
               (other.open_watches > 0 || other.watched > audit::Duration{}) &&
               other.first_seen >= gone.last_seen - minutes{10};
    });
}

// Limits on the silence of controllers while the log goes on.
constexpr audit::Duration kLeast = minutes{15};

void tell_silence(const Resource& resource, const Caller& caller, const Surroundings& around,
                  FindingBook& findings) {
    const audit::Time now = around.now;
    const std::string stop =
        around.changes.stop_text(caller.last_seen, resource.key.cluster, caller.account_namespace());
    Finding& finding = findings.report(silent_subject(resource, caller), now);
    const std::string quiet = span_words(now - caller.last_seen);
    const bool is_sure =
        around.is_log_whole || !stop.empty() ||
        around.pods.about(caller.last_seen, resource.key.cluster, caller.account_namespace());
    finding.severity = is_sure ? Severity::Medium : Severity::Low;
    finding.title = "The controller of a custom resource has gone silent";
    set_about(finding, resource.key);
    finding.first_seen = caller.last_request.time;
    const uint64_t waiting = resource.reconciling.spec_writes_since;
    const std::string usual = "never quiet for longer than " + span_words(caller.longest_gap) + " in " +
                              span_words(caller.last_seen - caller.first_seen) + " before";
    const std::string waits =
        waiting == 0 ? "" : counted(waiting, "change") + " of objects since the last status";
    finding.summary = Sentence{
        .what =
            user_words(caller.user) + " has sent no request on " + shown_name(resource.key) + " for " + quiet,
        .why = {just_before(stop), usual,
                waits}}.to_string();
    set_reason(finding, "caller", user_words(caller.user) + " is silent", shown(caller.user));
    set_reason(finding, "quiet-for", "quiet for " + quiet, quiet);
    set_reason(finding, "longest-gap", usual, audit::format_duration(caller.longest_gap));
    if (!stop.empty()) set_reason(finding, "change", stop, "");
    if (!is_sure) {
        set_reason(finding, "no-sign",
                   "nothing else in this log shows that it stopped; it may use another API server", "");
    }
    findings.add_evidence(finding, caller.last_request);
}

}  // namespace

void SilenceAlarm::lives(Resource& resource, Caller& caller, const Observation& observation,
                         audit::Time visible_since, FindingBook& findings) {
    caller.saw(observation, visible_since);
    caller.retired = false;
    if (!caller.silent) return;
    findings.resolve(silent_subject(resource, caller), observation.now);
    caller.silent = false;
}

void SilenceAlarm::wrote(Resource& resource, const Observation& observation, FindingBook& findings) {
    const audit::Event& event = observation.event;
    Reconciling& state = resource.reconciling;
    if (event.object.subresource == "status") {
        if (state.status_writes++ == 0) state.first_status = observation.now;
        if (state.status_writes > 1)
            state.most_spec_writes = std::max(state.most_spec_writes, state.spec_writes_since);
        state.spec_writes_since = 0;
        state.last_status = observation.now;
        if (state.lags) findings.resolve(lag_subject(resource), observation.now);
        state.lags = false;
    } else if (event.object.subresource.empty() && event.verb != "delete" &&
               event.verb != "deletecollection") {
        ++state.spec_writes_since;
    }
}

bool SilenceAlarm::check(Resource& resource, const Surroundings& around, Turn& turn, FindingBook& findings) {
    const audit::Time now = around.now;
    bool changed = false, has_silent = false;
    for (auto& [user, caller] : resource.callers) {
        has_silent |= caller.silent;
        if (caller.silent || caller.retired || !caller.is_keeper()) continue;
        if (!turn.has_come(std::max(std::max(caller.last_seen, around.visible_since) + kLeast,
                                    caller.last_seen + caller.patience())))
            continue;
        changed = true;
        if (is_replaced(resource, caller) || around.changes.is_deleted(resource.key)) {
            caller.retired = true;
            continue;
        }
        caller.silent = has_silent = true;
        tell_silence(resource, caller, around, findings);
    }
    Reconciling& state = resource.reconciling;
    const uint64_t allowed = std::max<uint64_t>(10, 4 * state.most_spec_writes);
    if (state.lags || has_silent || state.status_writes < kEnoughStatus ||
        state.last_status - state.first_status < hours{1} || state.spec_writes_since < allowed ||
        !turn.has_come(std::max(state.last_status, around.visible_since) + kLeast)) {
        return changed;
    }
    state.lags = true;
    Finding& finding = findings.report(lag_subject(resource), now);
    // A writer that is still seen here would write the status here as well.
    const bool is_at_work =
        std::any_of(resource.callers.begin(), resource.callers.end(), [&](const auto& entry) {
            return entry.second.is_service_account() && entry.second.last_seen >= state.last_status + kLeast;
        });
    finding.severity = around.is_log_whole || is_at_work ? Severity::Medium : Severity::Low;
    finding.title = "The status of a custom resource no longer follows its spec";
    set_about(finding, resource.key);
    finding.first_seen = state.last_status;
    const std::string most =
        "never more than " + counted(state.most_spec_writes, "change") + " between two before";
    finding.summary = Sentence{
        .what = shown_name(resource.key) + " had " + counted(state.spec_writes_since, "change") +
                " since the last status, which was written " + span_words(now - state.last_status) + " ago",
        .why = {most}}.to_string();
    set_reason(finding, "changes-since",
               counted(state.spec_writes_since, "change") + " since the last status",
               std::to_string(state.spec_writes_since));
    set_reason(finding, "most-before", most, std::to_string(state.most_spec_writes));
    return true;
}

}  // namespace redshank::crd
