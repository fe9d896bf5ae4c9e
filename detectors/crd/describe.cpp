#include "detectors/crd/describe.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/request/words.h"
#include "detectors/claimed_source.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

// Part of the title, so only words of ours.
std::string_view title_of(OutcomeClass outcome) {
    switch (outcome) {
        case OutcomeClass::ServerError:
            return "server errors";
        case OutcomeClass::Timeout:
            return "requests run out of time";
        case OutcomeClass::Panic:
            return "the API server panics";
        case OutcomeClass::ConversionWebhook:
            return "its conversion webhook fails";
        case OutcomeClass::AdmissionWebhookFailed:
            return "an admission webhook fails";
        case OutcomeClass::RouteMissing:
            return "it is not served";
        case OutcomeClass::CrdTerminating:
            return "its definition is being deleted";
        default:
            return "requests are refused";
    }
}

std::string callers_text(const Track& track) {
    std::vector<std::string> all;
    for (const std::string& caller : track.callers) all.push_back(user_words(caller));
    return list_words(all);
}

}  // namespace

std::string shown_name(const ResourceKey& key) {
    return name_words(key.name(), 64);
}

void set_about(Finding& finding, const ResourceKey& key) {
    FindingObject& object = finding.object.emplace();
    object.group = key.group;
    object.resource = key.resource;
    finding.actor.reset();
}

void set_reason(Finding& finding, std::string_view name, std::string text, std::string value) {
    for (Reason& reason : finding.reasons) {
        if (reason.name != name) continue;
        reason = {std::string(name), std::move(text), std::move(value)};
        return;
    }
    finding.reasons.push_back({std::string(name), std::move(text), std::move(value)});
}

std::string first_failure_text(const Failure& failure) {
    const std::string who =
        failure.user.empty() ? "a caller whom the server does not know" : user_words(failure.user);
    return fmt::format("{} ({}) at {} UTC", who, failure.code,
                       audit::format_time(failure.time).substr(11, 8));
}

std::string just_before(const std::string& change) {
    return change.empty() ? "" : "just before, " + change;
}

std::string share_words(uint64_t part, uint64_t all, std::string_view thing) {
    return std::to_string(part) + " of " + counted(all, thing);
}

void describe_faults(Finding& finding, const Resource& resource, OutcomeClass outcome, const Track& track,
                     const Judgement& judgement) {
    const std::string name = shown_name(resource.key);
    const std::string_view class_name = to_string(outcome);
    finding.title =
        fmt::format("Custom resource {}: {}", judgement.level == Level::Failing ? "failing" : "degraded",
                    title_of(outcome));
    set_about(finding, resource.key);
    finding.first_seen = std::min(finding.first_seen, track.first.time);
    const std::string cause = track.cause_text(Track::kShortCause);
    const std::string causes = track.cause_text();
    finding.summary =
        Sentence{.what = fmt::format(
                     "{} {}: {} failed in {} ({})", name,
                     judgement.level == Level::Failing ? "fails" : "fails now and then",
                     share_words(judgement.bad, judgement.valid, "request"), span_words(judgement.window),
                     cause.empty() ? std::string(title_of(outcome)) : cut_words(cause, Track::kShortCause)),
                 .why = {just_before(track.change), "first for " + first_failure_text(track.first)}}
            .to_string();
    give_reasons(finding, {});
    if (!track.change.empty()) set_reason(finding, "change", track.change, "");
    set_reason(finding, "outcome",
               causes.empty() ? std::string(title_of(outcome)) : cut_words(causes, Track::kLongCause),
               std::string(class_name));
    set_reason(finding, "rule", share_words(judgement.bad, judgement.valid, "request") + " failed",
               judgement.rule);
    set_reason(finding, "first-failure", "first for " + first_failure_text(track.first),
               audit::format_time(track.first.time));
    set_reason(finding, "callers", "failed for " + callers_text(track), std::to_string(track.callers.size()));
}

}  // namespace redshank::crd
