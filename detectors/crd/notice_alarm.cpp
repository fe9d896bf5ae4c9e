#include "detectors/crd/notice_alarm.h"

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

// Watches in a row, and how long they have been cut off.
constexpr uint64_t kManyDrops = 10;
constexpr audit::Duration kLasting = minutes{1}, kLong = minutes{10};
// Nobody watches any more: the finding ends although nothing was fixed.
constexpr audit::Duration kGivenUp = hours{1};

FindingBook::Subject version_subject(const Resource& resource, std::string_view version) {
    return {"crd_health", "crd-deprecated", resource.key.cluster,
            finding_key(resource.key, "deprecated", shown(version))};
}

FindingBook::Subject watch_subject(const Resource& resource, const Caller& caller) {
    return {"crd_health", "crd-degraded", resource.key.cluster,
            finding_key(resource.key, "watches", caller.user)};
}

}  // namespace

void NoticeAlarm::ended(Resource& resource, Caller& caller, const Observation& observation,
                        FindingBook& findings) {
    if (!resource.is_listed()) return;
    if (is_deprecated(observation.event)) deprecated(resource, observation, findings);
    if (observation.event.verb == "watch") watch_ended(resource, caller, observation, findings);
}

void NoticeAlarm::deprecated(Resource& resource, const Observation& observation, FindingBook& findings) {
    const std::string version = shown(observation.event.object.api_version);
    auto& versions = resource.notices.deprecated;
    if (!versions.contains(version) && versions.size() >= Notices::kVersions) return;
    ++versions[version];
    Finding& finding = findings.report(version_subject(resource, version), observation);
    finding.severity = Severity::Info;
    finding.title = "A deprecated version of a custom resource is in use";
    set_about(finding, resource.key);
    finding.object->version = version;
    const std::string removed = shown(observation.event.annotation("k8s.io/removed-release"));
    finding.summary =
        Sentence{.what = fmt::format("{} asked for {} in version {}, which is deprecated ({} so far)",
                                     user_words(observation.event.effective_user().username),
                                     shown_name(resource.key), name_words(version),
                                     counted(finding.count, "request")),
                 .why = {removed.empty() ? "" : "it is to be removed in " + removed,
                         "such clients break when it is no longer served"}}
            .to_string();
    set_reason(finding, "version", "deprecated in its CustomResourceDefinition", version);
}

void NoticeAlarm::watch_ended(Resource& resource, Caller& caller, const Observation& observation,
                              FindingBook& findings) {
    const audit::Event& event = observation.event;
    if (!caller.is_service_account() || !event.succeeded()) return;
    DroppedWatches& drops = caller.drops;
    if (!was_dropped(event)) {
        // A watch that asked for a short time says nothing.
        if (event.stage_time - event.received < kLasting) return;
        if (drops.told) findings.resolve(watch_subject(resource, caller), observation.now);
        drops = {};
        return;
    }
    ++resource.notices.dropped_watches;
    if (drops.run++ == 0) drops.since = observation.now;
    drops.last = observation.now;
    const audit::Duration lasts = drops.last - drops.since;
    if (drops.run < kManyDrops || lasts < kLasting) return;
    drops.told = true;
    Finding& finding = findings.report(watch_subject(resource, caller), observation);
    finding.count = std::max(finding.count, drops.run);
    finding.first_seen = std::min(finding.first_seen, drops.since);
    finding.severity = lasts >= kLong ? Severity::Medium : Severity::Low;
    finding.title = "Custom resource degraded: watches end again and again";
    set_about(finding, resource.key);
    finding.summary =
        Sentence{
            .what = fmt::format("{} lost {} on {} in a row before half their time", user_words(caller.user),
                                std::to_string(drops.run) + " watches", shown_name(resource.key)),
            .why = {"the log calls them successes; what failed is inside the stream, or the client leaves"}}
            .to_string();
    set_reason(finding, "caller", "the watches are those of " + user_words(caller.user), shown(caller.user));
    set_reason(finding, "dropped-watches", "in a row, none lasted", std::to_string(drops.run));
}

bool NoticeAlarm::check(Resource& resource, Turn& turn, FindingBook& findings) {
    bool changed = false;
    for (auto& [user, caller] : resource.callers) {
        if (caller.drops.run == 0 || !turn.has_come(caller.drops.last + kGivenUp)) continue;
        if (caller.drops.told) findings.resolve(watch_subject(resource, caller), turn.now);
        caller.drops = {};
        changed = true;
    }
    return changed;
}

}  // namespace redshank::crd
