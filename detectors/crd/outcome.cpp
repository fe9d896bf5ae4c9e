#include "detectors/crd/outcome.h"

#include <fmt/format.h>

#include <array>

#include "audit/request_uri.h"
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

// apierrors.NewInternalError puts this before the error it wraps.
std::string_view without_internal_prefix(std::string_view message) {
    constexpr std::string_view kPrefix = "Internal error occurred: ";
    while (message.starts_with(kPrefix)) message.remove_prefix(kPrefix.size());
    return message;
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
        text += shown(cause.field);
        if (!cause.reason.empty()) text += fmt::format(" ({})", shown(cause.reason));
    }
    return text;
}

std::string of_version(const audit::Event& event) {
    return fmt::format("{}/{} {}", shown(event.object.api_group), shown(event.object.api_version),
                       shown(event.object.resource));
}

// Faults of webhooks and of policies come with any code, so they are looked for first. Each wording stands
// at the start of the message (or behind the prefix of an internal error): a name further on may hold
// anything.
bool classify_admission(const audit::Event& event, std::string_view message, Outcome& out) {
    if (message.starts_with("conversion webhook for ")) {
        out = {OutcomeClass::ConversionWebhook, conversion_cause(message)};
        return true;
    }
    if (message.starts_with("failed calling webhook") ||
        message.starts_with("failed calling admission webhook") ||
        (message.starts_with("add webhook \"") && has(message, "attempted to modify the object"))) {
        out = {OutcomeClass::AdmissionWebhookFailed, admission_failure_cause(message)};
        return true;
    }
    if (message.starts_with("admission webhook \"")) {
        if (has(message, " attempted to modify the object")) {
            out = {OutcomeClass::AdmissionWebhookFailed, admission_failure_cause(message)};
        } else {
            out = {OutcomeClass::AdmissionDenied,
                   fmt::format("admission webhook {} denied it", quoted_name(message))};
        }
        return true;
    }
    // `widgets.example.com "x" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request:
    // …`
    if (const size_t at = message.find("ValidatingAdmissionPolicy '");
        at != std::string_view::npos && event.response.code != 500 && has(message, " denied request")) {
        out = {OutcomeClass::AdmissionDenied,
               fmt::format("ValidatingAdmissionPolicy {} denied it", quoted_name(message.substr(at), '\''))};
        return true;
    }
    // customresource_handler.go words a 405 so; older servers used other codes.
    if (has(message, "not allowed while custom resource definition is terminating")) {
        out = {OutcomeClass::CrdTerminating, "the CustomResourceDefinition is being deleted"};
        return true;
    }
    return false;
}

Outcome forbidden(const audit::Event& event, std::string_view message) {
    if (has_cause(event.response, "NamespaceTerminating") || has(message, "because it is being terminated")) {
        return {OutcomeClass::NamespaceTerminating,
                fmt::format("namespace {} is being deleted", shown(event.object.namespace_))};
    }
    // Authorization let it through, so what follows authorization refused: quota, policy, a plugin.
    if (event.decision == "allow") {
        return {OutcomeClass::AdmissionDenied,
                has(message, "exceeded quota") ? "a quota is used up" : "admission refused it"};
    }
    if (has(message, " cannot impersonate resource ")) {
        return {OutcomeClass::Forbidden, "no right to impersonate"};
    }
    return {OutcomeClass::Forbidden, fmt::format("no right on {}: {}", of_version(event), shown(event.verb))};
}

Outcome not_found(const audit::Event& event, const OutcomeContext& context) {
    const audit::ResponseStatus& status = event.response;
    // http.NotFound of the mux, which no handler has taken: only the code is logged. A proxied server words
    // it, without naming an object.
    if (status.details_name.empty() && status.details_kind.empty()) {
        return {OutcomeClass::RouteMissing, fmt::format("{} is not served", of_version(event))};
    }
    if (status.details_kind == "namespaces" && status.details_group.empty() &&
        event.object.resource != "namespaces") {
        return {OutcomeClass::NamespaceMissing,
                fmt::format("namespace {} does not exist", shown(status.details_name))};
    }
    if (!event.object.subresource.empty() && !context.subresource_served) {
        return {OutcomeClass::NoSubresource,
                fmt::format("{} has no subresource {}", of_version(event), shown(event.object.subresource))};
    }
    return {OutcomeClass::ObjectMissing, "no such object"};
}

// apiserver/pkg/endpoints/filters/request_deadline.go: ?timeout= up to one minute, the default.
audit::Duration allowed_time(const audit::Event& event) {
    using namespace std::chrono;
    const std::string given = audit::query_value(event.request_uri, "timeout");
    if (given.size() >= 2 && given.back() == 's' &&
        given.find_first_not_of("0123456789s") == std::string::npos && given.size() < 4) {
        return seconds{std::stoi(given)};
    }
    return seconds{60};
}

bool ran_out_of_time(const audit::Event& event) {
    return event.stage_time - event.received >= allowed_time(event);
}

bool is_timeout_text(std::string_view message) {
    return has(message, "context deadline exceeded") || has(message, "request timed out") ||
           has(message, "Timeout: request did not complete") || has(message, "evaluation timed out") ||
           has(message, "Client.Timeout exceeded") || has(message, "i/o timeout") ||
           message.starts_with("http: Handler timeout");
}

Outcome server_fault(const audit::Event& event, std::string_view message) {
    const audit::ResponseStatus& status = event.response;
    if (has(message, "context canceled")) return {OutcomeClass::ClientGone, "the client went away"};
    // Server-side apply answers a field that the schema does not know with a 500 without a reason.
    if (message.starts_with("failed to create typed ")) {
        return {OutcomeClass::Validation, "the object does not fit the schema (server-side apply)"};
    }
    if (has(message, "request is too large") || has(message, "trying to send message larger than max")) {
        return {OutcomeClass::TooLarge, "the object is too large for etcd"};
    }
    if (has(message, "APIServer panic'd") || has(message, "caused apiserver to panic")) {
        return {OutcomeClass::Panic, "the API server panicked"};
    }
    if (status.code == 504 || status.reason == "Timeout" || status.reason == "ServerTimeout" ||
        is_timeout_text(message)) {
        return {OutcomeClass::Timeout, "the request ran out of time"};
    }
    // Aggregated servers and clients that left: a code and nothing else.
    if (status.code == 503 && message.empty() && ran_out_of_time(event)) {
        return {OutcomeClass::Timeout, "the request ran out of time"};
    }
    if (status.code == 503) return {OutcomeClass::ServerError, "the server behind it is unavailable (503)"};
    if (has(message, "etcdserver: ")) return {OutcomeClass::ServerError, "etcd failed"};
    return {OutcomeClass::ServerError, fmt::format("the API server answered {}", status.code)};
}

Outcome throttled(const audit::Event& event, const OutcomeContext& context, std::string_view message) {
    // storage/cacher: the watch cache of this version is not filled yet. It never will be while the objects
    // cannot be converted.
    if (has(message, "storage is (re)initializing")) {
        if (context.conversion_failing) {
            return {OutcomeClass::ConversionWebhook,
                    fmt::format("the watch cache of {} cannot be filled while conversion fails",
                                of_version(event))};
        }
        return {OutcomeClass::Throttled, "its storage is being set up again"};
    }
    return {OutcomeClass::Throttled,
            event.decision.empty() ? "priority and fairness refused it" : "too many requests"};
}

Outcome validation(const audit::Event& event) {
    const std::string fields = field_causes(event.response);
    return {OutcomeClass::Validation, fields.empty() ? "the object is invalid" : "invalid: " + fields};
}

}  // namespace

std::string_view to_string(OutcomeClass outcome) {
    return kClasses[static_cast<size_t>(outcome)].name;
}

bool parse_outcome(std::string_view word, OutcomeClass& out) {
    for (size_t i = 0; i < kClasses.size(); ++i) {
        if (kClasses[i].name != word) continue;
        out = static_cast<OutcomeClass>(i);
        return true;
    }
    return false;
}

Meaning meaning_of(OutcomeClass outcome) {
    return kClasses[static_cast<size_t>(outcome)].meaning;
}

Outcome classify(const audit::Event& event, const OutcomeContext& context) {
    const audit::ResponseStatus& status = event.response;
    const std::string_view message = without_internal_prefix(status.message);
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
            if (message.starts_with("strict decoding error")) {
                return {OutcomeClass::Validation, "a field that the schema does not know (strict decoding)"};
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
                    fmt::format("{} cannot {}", of_version(event), shown(event.verb))};
        case 406:
            return {OutcomeClass::NotAcceptable, "a media type was asked for that it cannot give"};
        case 408:
            return {OutcomeClass::Timeout, "the request ran out of time"};
        case 409:
            if (status.reason == "AlreadyExists") return {OutcomeClass::AlreadyExists, "it exists already"};
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
            return validation(event);
        case 429:
            return throttled(event, context, message);
        case 499:
            return {OutcomeClass::ClientGone, "the client went away"};
        default:
            if (status.code >= 500) return server_fault(event, message);
            return {OutcomeClass::BadRequest, fmt::format("refused with {}", status.code)};
    }
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
