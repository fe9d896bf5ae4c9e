#include "detectors/crd/outcome.h"

#include "core/request/words.h"
#include "core/state/describe.h"

#include <fmt/format.h>

#include <array>

#include "core/request/verdict.h"
#include "detectors/crd/time_allowed.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

struct ClassInfo {
    std::string_view name;
    Meaning meaning;
};

constexpr std::array<ClassInfo, kOutcomeClasses> kClasses{{
    {"ok", Meaning::Good},
    {"server-error", Meaning::Fault},
    {"timeout", Meaning::Fault},
    {"panic", Meaning::Fault},
    {"conversion-webhook", Meaning::Fault},
    {"admission-webhook-failed", Meaning::Fault},
    {"admission-denied", Meaning::Refused},
    {"route-missing", Meaning::Fault},
    {"crd-terminating", Meaning::Fault},
    {"namespace-terminating", Meaning::Normal},
    {"namespace-missing", Meaning::Refused},
    {"object-missing", Meaning::Normal},
    {"no-subresource", Meaning::Refused},
    {"validation", Meaning::Refused},
    {"bad-request", Meaning::Refused},
    {"unsupported-media", Meaning::Refused},
    {"not-acceptable", Meaning::Refused},
    {"too-large", Meaning::Refused},
    {"method-not-allowed", Meaning::Refused},
    {"conflict", Meaning::Normal},
    {"already-exists", Meaning::Normal},
    {"forbidden", Meaning::Refused},
    {"unauthenticated", Meaning::Refused},
    {"throttled", Meaning::Normal},
    {"expired", Meaning::Normal},
    {"client-gone", Meaning::Normal},
}};

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool has_cause(const audit::ResponseStatus& status, std::string_view reason) {
    for (const audit::StatusCause& cause : status.causes) {
        if (cause.reason == reason) return true;
    }
    return false;
}

std::string field_causes(const audit::ResponseStatus& status) {
    std::string text;
    size_t named = 0;
    for (const audit::StatusCause& cause : status.causes) {
        if (cause.field.empty()) continue;
        if (++named > 3) return text + ", …";
        if (!text.empty()) text += ", ";
        text += name_words(cause.field);
        if (!cause.reason.empty()) text += fmt::format(" ({})", name_words(cause.reason));
    }
    return text;
}

std::string of_version(const audit::Event& event) {
    return fmt::format("{}/{} {}", name_words(event.object.api_group), name_words(event.object.api_version),
                       name_words(event.object.resource));
}

// Where the description of a failed conversion webhook begins; npos when there is none. Server-side apply and
// lists put text of their own before it ("failed to convert new object (…) to proper version (…): …"), always
// with a 500. Only the error about a typed patch object contains text of the client.
size_t conversion_words(const audit::Event& event, std::string_view message) {
    constexpr std::string_view kWords = "conversion webhook for ";
    if (message.starts_with(kWords)) return 0;
    if (event.response.code < 500 || message.starts_with("failed to create typed ")) {
        return std::string_view::npos;
    }
    return message.find(kWords);
}

// customresource_handler.go words a 405 so, after the verb; older servers used other codes.
bool is_crd_terminating(std::string_view message) {
    const size_t space = message.find(' ');
    return space != std::string_view::npos &&
           message.substr(space + 1).starts_with(
               "not allowed while custom resource definition is terminating");
}

// Faults of webhooks and of policies come with any code, so they are looked for first.
bool classify_admission(const audit::Event& event, std::string_view message, Outcome& out) {
    if (is_webhook_denial(message)) {
        out = {OutcomeClass::AdmissionDenied,
               fmt::format("admission webhook {} denied it", quoted_name(message))};
        return true;
    }
    // The first: it answered with a patch where it may not.
    if (message.starts_with("admission webhook \"") || message.starts_with("failed calling webhook") ||
        message.starts_with("failed calling admission webhook")) {
        out = {OutcomeClass::AdmissionWebhookFailed, admission_failure_cause(message)};
        return true;
    }
    if (const size_t at = conversion_words(event, message); at != std::string_view::npos) {
        out = {OutcomeClass::ConversionWebhook, conversion_cause(message.substr(at))};
        return true;
    }
    // A patch of a client that does not fit is a 422.
    if (event.response.code == 500 && has(message, " operation does not apply")) {
        out = {OutcomeClass::AdmissionWebhookFailed,
               "the patch of a mutating webhook does not fit the object"};
        return true;
    }
    if (is_policy_denial(event, message)) {
        const size_t at = message.find("ValidatingAdmissionPolicy '");
        out = {OutcomeClass::AdmissionDenied,
               fmt::format("ValidatingAdmissionPolicy {} denied it", quoted_name(message.substr(at), '\''))};
        return true;
    }
    // webhook/generic: match conditions that cannot be evaluated fail closed, as a refusal of admission.
    if (event.response.code == 403 && event.decision == "allow" &&
        has(message, " is forbidden: expression '") && has(message, "resulted in error")) {
        out = {OutcomeClass::AdmissionWebhookFailed,
               "match conditions of an admission webhook cannot be evaluated"};
        return true;
    }
    if (is_crd_terminating(message)) {
        out = {OutcomeClass::CrdTerminating, "the CustomResourceDefinition is being deleted"};
        return true;
    }
    return false;
}

Outcome forbidden(const audit::Event& event, std::string_view message) {
    if (has_cause(event.response, "NamespaceTerminating") || has(message, "because it is being terminated")) {
        return {OutcomeClass::NamespaceTerminating,
                fmt::format("namespace {} is being deleted", name_words(event.object.namespace_))};
    }
    // Authorization let it through, so what follows authorization refused: quota, policy, a plugin.
    if (verdict_of(event) != RequestVerdict::Forbidden) {
        return {OutcomeClass::AdmissionDenied,
                has(message, "exceeded quota") ? "a quota is used up" : "admission refused it"};
    }
    if (is_refused_impersonation(event)) {
        return {OutcomeClass::Forbidden, "no right to impersonate"};
    }
    return {OutcomeClass::Forbidden,
            event.object.subresource.empty()
                ? fmt::format("not allowed: {}", name_words(event.verb))
                : fmt::format("not allowed on {}: {}", name_words(event.object.subresource),
                              name_words(event.verb))};
}

Outcome not_found(const audit::Event& event, const OutcomeContext& context) {
    const audit::ResponseStatus& status = event.response;
    // http.NotFound of the mux, when no handler took the request: only the code is logged. A proxied server
    // words it, without naming an object. A wrong scope (a namespace for a resource without namespaces) gives
    // the same answer, and the log cannot tell the two apart.
    if (status.details_name.empty() &&
        (status.details_kind.empty() ||
         status.message.starts_with("the server could not find the requested resource"))) {
        return {OutcomeClass::RouteMissing, fmt::format("{} is not served", of_version(event))};
    }
    if (status.details_kind == "namespaces" && status.details_group.empty()) {
        return {OutcomeClass::NamespaceMissing,
                fmt::format("namespace {} does not exist", name_words(status.details_name))};
    }
    if (!event.object.subresource.empty() && !context.subresource_served) {
        return {OutcomeClass::NoSubresource, fmt::format("{} has no subresource {}", of_version(event),
                                                         name_words(event.object.subresource))};
    }
    return {OutcomeClass::ObjectMissing, "no such object"};
}

bool ran_out_of_time(const audit::Event& event) {
    return event.stage_time - event.received >= time_allowed(event);
}

bool is_timeout_text(std::string_view message) {
    return has(message, "context deadline exceeded") || has(message, "would exceed context deadline") ||
           has(message, "DeadlineExceeded") || has(message, "request timed out") ||
           has(message, "Timeout: request did not complete") || has(message, "evaluation timed out") ||
           has(message, "Client.Timeout exceeded") || has(message, "i/o timeout") ||
           message.starts_with("http: Handler timeout");
}

Outcome server_fault(const audit::Event& event, std::string_view message) {
    const audit::ResponseStatus& status = event.response;
    // Server-side apply answers a field that the schema does not know with a 500 without a reason.
    if (message.starts_with("failed to create typed ")) {
        return {OutcomeClass::Validation, "the object does not fit the schema (server-side apply)"};
    }
    if (has(message, "context canceled") || has(message, "desc = context cancelled")) {
        return {OutcomeClass::ClientGone, "the client went away"};
    }
    if (has(message, "request is too large") || has(message, "trying to send message larger than max")) {
        return {OutcomeClass::TooLarge, "the object is too large for etcd"};
    }
    if (has(message, "APIServer panic'd") || has(message, "caused apiserver to panic")) {
        return {OutcomeClass::Panic, "the API server panicked"};
    }
    if (has_cause(status, "ResourceVersionTooLarge")) {
        return {OutcomeClass::Timeout, "the server has not come to the resource version that was asked for"};
    }
    if (status.code == 504 || status.reason == "Timeout" || status.reason == "ServerTimeout" ||
        is_timeout_text(message)) {
        return {OutcomeClass::Timeout, "the request ran out of time"};
    }
    // Aggregated servers and clients that left: a code and nothing else.
    if (status.code == 503 && message.empty() && ran_out_of_time(event)) {
        return {OutcomeClass::Timeout, "the request ran out of time"};
    }
    if (has(message, "server is starting") || has(message, "before all known HTTP paths")) {
        return {OutcomeClass::ServerError, "the API server is starting"};
    }
    if (status.code == 503) return {OutcomeClass::ServerError, "the server behind it is unavailable (503)"};
    if (has(message, "etcdserver: ")) return {OutcomeClass::ServerError, "etcd failed"};
    // conversion/converter.go: a version was taken out of the CRD while objects were stored in it.
    if (has(message, "request to convert CR ")) {
        return {OutcomeClass::ServerError, "objects are stored in a version that the CRD no longer has"};
    }
    return {OutcomeClass::ServerError, fmt::format("the API server answered {}", status.code)};
}

Outcome throttled(const audit::Event& event, const OutcomeContext& context) {
    // It never will be filled while the objects cannot be converted.
    if (waits_for_storage(event)) {
        if (context.conversion_failing) {
            return {OutcomeClass::ConversionWebhook,
                    fmt::format("the watch cache of {} cannot be filled while conversion fails",
                                of_version(event))};
        }
        return {OutcomeClass::Throttled, "its storage is being set up again"};
    }
    if (has(event.response.message, "shutting down")) {
        return {OutcomeClass::Throttled, "the API server is shutting down"};
    }
    return {OutcomeClass::Throttled,
            event.decision.empty() ? "priority and fairness refused it" : "too many requests"};
}

constexpr std::string_view kUnknownField = "a field that the schema does not know (strict decoding)";

// "strict decoding error: …", "Widget in version "v1" cannot be handled as a Widget: strict decoding error:
// …"
bool is_strict_decoding(std::string_view message) {
    return has(message, "strict decoding error: ");
}

Outcome validation(const audit::Event& event, std::string_view message) {
    if (is_strict_decoding(message)) return {OutcomeClass::Validation, std::string(kUnknownField)};
    const std::string fields = field_causes(event.response);
    return {OutcomeClass::Validation, fields.empty() ? "the object is invalid" : "invalid: " + fields};
}

}  // namespace

std::span<const std::string_view> words_of(OutcomeClass) {
    static const auto kWords = [] {
        std::array<std::string_view, kOutcomeClasses> words;
        for (size_t i = 0; i < words.size(); ++i) words[i] = kClasses[i].name;
        return words;
    }();
    return kWords;
}

std::string_view to_string(OutcomeClass outcome) {
    return kClasses[static_cast<size_t>(outcome)].name;
}

bool parse_outcome(std::string_view word, OutcomeClass& out) {
    return parse_word(word, out);
}

Meaning meaning_of(OutcomeClass outcome) {
    return kClasses[static_cast<size_t>(outcome)].meaning;
}

Outcome classify(const audit::Event& event, const OutcomeContext& context) {
    const audit::ResponseStatus& status = event.response;
    const std::string_view message = plain_message(event);
    if (event.stage == audit::Stage::Panic) return {OutcomeClass::Panic, "the API server panicked"};
    if (status.code < 400) {
        // WithAudit writes this when a long-running request ended before it was answered.
        if (status.message == "Connection closed early") {
            return {OutcomeClass::ClientGone, "the client went away"};
        }
        return {};
    }
    Outcome outcome;
    if (classify_admission(event, message, outcome)) return outcome;
    switch (status.code) {
        case 400:
            if (is_strict_decoding(message)) return {OutcomeClass::Validation, std::string(kUnknownField)};
            if (message.starts_with("failed to create typed ")) {
                return {OutcomeClass::Validation, "the object does not fit the schema (server-side apply)"};
            }
            return {OutcomeClass::BadRequest, "the request is malformed"};
        case 401:
            return {OutcomeClass::Unauthenticated, "no valid credentials"};
        case 403:
            return forbidden(event, message);
        case 404:
            return not_found(event, context);
        case 405:
            return {OutcomeClass::MethodNotAllowed,
                    fmt::format("{} cannot {}", of_version(event), name_words(event.verb))};
        case 406:
            return {OutcomeClass::NotAcceptable, "a media type was asked for that it cannot give"};
        case 408:
            return {OutcomeClass::Timeout, "the request ran out of time"};
        case 409:
            if (status.reason == "AlreadyExists" || message.ends_with(" already exists"))
                return {OutcomeClass::AlreadyExists, "it exists already"};
            return {OutcomeClass::Conflict, has_cause(status, "FieldManagerConflict")
                                                ? "another field manager owns the field"
                                                : "the object was modified in between"};
        case 410:
            return {OutcomeClass::Expired, "the resource version or continue token is too old"};
        case 413:
            return {OutcomeClass::TooLarge, "the request is too large"};
        case 415:
            return {OutcomeClass::UnsupportedMedia, "a media or patch type that it cannot read"};
        case 422:
            return validation(event, message);
        case 429:
            return throttled(event, context);
        case 499:
            return {OutcomeClass::ClientGone, "the client went away"};
        default:
            if (status.code >= 500) return server_fault(event, message);
            return {OutcomeClass::BadRequest, fmt::format("refused with {}", status.code)};
    }
}

bool waits_for_storage(const audit::Event& event) {
    return event.response.code == 429 && has(event.response.message, "storage is (re)initializing");
}

std::string_view failed_open_webhook(const audit::Event& event) {
    for (const audit::KeyValue& annotation : event.annotations) {
        if (annotation.key.starts_with("failed-open.") &&
            annotation.key.find(".webhook.admission.k8s.io/") != std::string_view::npos) {
            return annotation.value;
        }
    }
    return {};
}

}  // namespace redshank::crd
