#include "core/request/verdict.h"

#include <array>

namespace redshank {

namespace {

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool is_denied_by_admission(const audit::Event& event) {
    const std::string_view message = plain_message(event);
    return is_webhook_denial(message) || is_policy_denial(event, message);
}

// The verdict for a code of 400 or more that authorization allowed or did not decide.
RequestVerdict of_failure(const audit::Event& event, bool allowed) {
    const int code = event.response.code;
    if (code == 401) return allowed ? RequestVerdict::RefusedByAdmission : RequestVerdict::Unauthenticated;
    if (code == 403) {
        // apierrors.NewForbidden of the authorization filter: `… is forbidden: User "bob" cannot …`.
        const std::string_view message = event.response.message;
        const bool is_authorization = !allowed && (message.empty() || has(message, "forbidden: User \""));
        return is_authorization ? RequestVerdict::Forbidden : RequestVerdict::RefusedByAdmission;
    }
    if (is_denied_by_admission(event)) return RequestVerdict::RefusedByAdmission;
    return allowed ? RequestVerdict::Failed : RequestVerdict::NotDecided;
}

}  // namespace

std::string_view to_string(RequestVerdict verdict) {
    static constexpr std::array<std::string_view, 6> kNames{
        "allowed", "forbidden", "refused-by-admission", "unauthenticated", "not-decided", "failed"};
    return kNames[static_cast<size_t>(verdict)];
}

RequestVerdict verdict_of(const audit::Event& event) {
    if (event.decision == "forbid") return RequestVerdict::Forbidden;
    const bool allowed = event.decision == "allow";
    if (event.response.code >= 400) return of_failure(event, allowed);
    return allowed || event.response.code > 0 ? RequestVerdict::Allowed : RequestVerdict::NotDecided;
}

bool is_refused_impersonation(const audit::Event& event) {
    return event.response.code == 403 && event.decision.empty() &&
           has(event.response.message, " cannot impersonate resource ");
}

std::string_view plain_message(const audit::Event& event) {
    constexpr std::string_view kPrefix = "Internal error occurred: ";
    std::string_view message = event.response.message;
    while (message.starts_with(kPrefix)) message.remove_prefix(kPrefix.size());
    return message;
}

bool is_webhook_denial(std::string_view message) {
    // "… attempted to modify the object" is no denial: a validating webhook answered with a patch, so it is
    // broken.
    return message.starts_with("admission webhook \"") && !has(message, " attempted to modify the object");
}

bool is_policy_denial(const audit::Event& event, std::string_view message) {
    const int code = event.response.code;
    const bool is_code_of_policies = code == 401 || code == 403 || code == 413 || code == 422;
    return is_code_of_policies && event.decision != "forbid" && has(message, " denied request") &&
           has(message, " is forbidden: ValidatingAdmissionPolicy '");
}

}  // namespace redshank
