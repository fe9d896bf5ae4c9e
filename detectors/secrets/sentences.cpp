#include "detectors/secrets/sentences.h"

namespace redshank {

namespace {

std::string_view past_tense(std::string_view verb) {
    if (verb == "list") return "listed";
    if (verb == "watch") return "watched";
    if (verb == "get") return "read";
    if (verb == "deletecollection" || verb == "delete") return "deleted, and was shown,";
    return "changed, and was shown,";
}

}  // namespace

std::string actor_words(const audit::Event& event) {
    std::string words(event.user.username);
    if (event.is_impersonated) words += " as " + std::string(event.impersonated_user.username);
    return words;
}

void describe_read(Finding& finding, const audit::Event& event, const SecretScope& scope,
                   const Judgement& judgement) {
    finding.severity = std::max(finding.severity, judgement.severity);
    finding.title = judgement.glob ? "A protected Secret was read by someone who is not among its readers"
                                   : "A Secret was read through a grant that is far too wide";
    finding.summary = actor_words(event) + " " + std::string(past_tense(event.verb)) + " " + scope.in_words();
    if (!finding.grant.empty()) finding.summary += " through " + finding.grant;
    if (finding.count > 1) finding.summary += " (" + std::to_string(finding.count) + " times)";
    finding.summary += ": " + judgement.reason.text + ".";
    finding.reasons = {judgement.reason};
    finding.mitre = {"T1552.007"};
}

}  // namespace redshank
