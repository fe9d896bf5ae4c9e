// The outcome of one request on a custom resource, derived from code, decision, reason, message, details and
// stage together. The names are an interface: docs/crd-health.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "audit/event.h"

namespace redshank::crd {

enum class OutcomeClass : uint8_t {
    Ok,
    ServerError,
    Timeout,
    Panic,
    ConversionWebhook,
    AdmissionWebhookFailed,
    AdmissionDenied,
    RouteMissing,
    CrdTerminating,
    NamespaceTerminating,
    NamespaceMissing,
    ObjectMissing,
    NoSubresource,
    Validation,
    BadRequest,
    UnsupportedMedia,
    NotAcceptable,
    TooLarge,
    MethodNotAllowed,
    Conflict,
    AlreadyExists,
    Forbidden,
    Unauthenticated,
    Throttled,
    Expired,
    ClientGone,
};
inline constexpr size_t kOutcomeClasses = 26;

// "conversion-webhook", as the contract writes it.
std::span<const std::string_view> words_of(OutcomeClass);
std::string_view to_string(OutcomeClass outcome);
// False, and `out` untouched, when the word is no class.
bool parse_outcome(std::string_view word, OutcomeClass& out);

// The default meaning of a class for the resource.
enum class Meaning : uint8_t {
    Good,     // served
    Fault,    // the API or something that it depends on failed: spends the error budget
    Refused,  // the API works and refuses: the caller, its rights or its objects are wrong
    Normal,   // part of ordinary work (optimistic locking, look before create, resumed watches)
};
Meaning meaning_of(OutcomeClass outcome);

struct Outcome {
    OutcomeClass outcome = OutcomeClass::Ok;
    // One clause, without anything from bodies or query strings; "" for Ok. Names in it are cut and quoted.
    std::string cause;
};

// What is known about the resource besides the event, because some failures are logged alike.
struct OutcomeContext {
    // It has answered a request on this resource and subresource before, so a 404 is about the object.
    bool subresource_served = false;
    // Its conversion webhook failed a short time ago, and nothing shows that it works again.
    bool conversion_failing = false;
};

// Classifies the event that answers a request (Observation::answers). Pure function. Wordings are those of
// kube-apiserver: k8s.io/apimachinery/pkg/api/errors, apiserver/pkg/admission,
// apiextensions-apiserver/pkg/apiserver.
Outcome classify(const audit::Event& event, const OutcomeContext& context = {});

// A 429 of storage/cacher: the watch cache of this version is not filled yet.
bool waits_for_storage(const audit::Event& event);

// The first webhook that could not be reached and was skipped (failurePolicy: Ignore), from the annotations
// failed-open.{mutation,validating}.webhook.admission.k8s.io/…; "" when there is none.
std::string_view failed_open_webhook(const audit::Event& event);

}  // namespace redshank::crd
