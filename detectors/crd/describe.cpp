#include "detectors/crd/describe.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string clock_time(audit::Time time) {
    return audit::format_time(time).substr(11, 8);
}

std::string callers_text(const Track& track) {
    std::string text;
    for (size_t i = 0; i < track.callers.size() && i < 3; ++i) {
        if (i > 0) text += ", ";
        text += shown(track.callers[i]);
    }
    if (track.callers.size() > 3) {
        text += track.callers.size() >= Track::kCallers
                    ? " and others"
                    : fmt::format(" and {} more", track.callers.size() - 3);
    }
    return text;
}

}  // namespace

std::string shown_name(const ResourceKey& key) {
    return shown(key.name());
}

void set_about(Finding& finding, const ResourceKey& key) {
    FindingObject& object = finding.object.emplace();
    object.group = key.group;
    object.resource = key.resource;
    finding.actor.reset();
}

std::string since_text(audit::Time time) {
    std::string text = audit::format_time(time).substr(0, 19);
    text[10] = ' ';
    return text;
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
    const std::string verb = failure.subresource.empty()
                                 ? shown(failure.verb)
                                 : shown(failure.verb) + " " + shown(failure.subresource);
    return fmt::format("{} by {} at {} ({})", verb,
                       failure.user.empty() ? "nobody known" : shown(failure.user), clock_time(failure.time),
                       failure.code);
}

void describe_faults(Finding& finding, const Resource& resource, OutcomeClass outcome, const Track& track,
                     const Judgement& judgement, double budget) {
    const std::string name = shown_name(resource.key);
    const std::string_view class_name = to_string(outcome);
    finding.title =
        fmt::format("Custom resource {}: {}", judgement.level == Level::Failing ? "failing" : "degraded",
                    title_of(outcome));
    set_about(finding, resource.key);
    finding.first_seen = std::min(finding.first_seen, track.first.time);
    finding.summary = fmt::format("{} {} since {}: {} of {} requests in {} failed ({}: {}); first {}{}", name,
                                  to_string(judgement.level), since_text(track.first.time), judgement.bad,
                                  judgement.valid, audit::format_duration(judgement.window), class_name,
                                  track.cause_text(), first_failure_text(track.first),
                                  track.change.empty() ? "" : "; just before, " + track.change);
    finding.reasons.clear();
    set_reason(finding, "outcome", track.cause_text(), std::string(class_name));
    set_reason(finding, "rule", fmt::format("{} of {} requests", judgement.bad, judgement.valid),
               judgement.rule);
    set_reason(finding, "first-failure", "first " + first_failure_text(track.first),
               audit::format_time(track.first.time));
    set_reason(finding, "callers", callers_text(track), std::to_string(track.callers.size()));
    set_reason(finding, "budget-left", "share of the error budget of three days that is left",
               fmt::format("{:.2f}", budget));
    set_reason(finding, "custom-because", "why it counts as a custom resource",
               std::string(to_string(resource.origin)));
    if (!track.change.empty()) set_reason(finding, "change", track.change, "");
}

}  // namespace redshank::crd
