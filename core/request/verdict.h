// The verdict on a request between its caller and the handler, decided here for every room. Whether the
// handler then found or stored the object is another question: audit::Event::succeeded().
//
// Decided by the code, the annotation authorization.k8s.io/decision, and, if that is missing, the response's
// message:
//
// | code         | "allow"                          | "forbid"  | no decision                              |
// | 0            | allowed                          | forbidden | not decided (RequestReceived, cut lines) |
// | 1xx–3xx      | allowed                          | forbidden | allowed (logs without annotations)       |
// | 401          | refused by admission             | forbidden | unauthenticated                          |
// | 403          | refused by admission             | forbidden | forbidden; by admission if it says so    |
// | 429          | failed                           | forbidden | not decided (priority and fairness)      |
// | other 4xx    | failed; refused by admission     | forbidden | not decided; refused by admission        |
// | 5xx          | failed                           | forbidden | not decided                              |
//
// "Refused by admission" is every refusal after the authorizer: by a plugin, quota, webhook or policy (each
// with any code of 400 or more, recognised by its message), or by the server behind a proxied path.
#pragma once

#include <cstdint>
#include <string_view>

#include "audit/event.h"

namespace redshank {

enum class RequestVerdict : uint8_t {
    Allowed,
    Forbidden,
    RefusedByAdmission,
    Unauthenticated,
    NotDecided,
    Failed
};

// "allowed", "forbidden", "refused-by-admission", "unauthenticated", "not-decided", "failed".
std::string_view to_string(RequestVerdict verdict);

RequestVerdict verdict_of(const audit::Event& event);

// Whether the request was refused, as opposed to allowed or failed.
inline bool is_refusal(RequestVerdict verdict) {
    return verdict == RequestVerdict::Forbidden || verdict == RequestVerdict::RefusedByAdmission ||
           verdict == RequestVerdict::Unauthenticated;
}

// Whether impersonation was forbidden, so that the requested action was never authorized: a 403 with neither
// a decision nor impersonatedUser, only a message (apiserver pkg/endpoints/filters/impersonation.go).
bool is_refused_impersonation(const audit::Event& event);

// The response's message without the prefix of apierrors.NewInternalError.
std::string_view plain_message(const audit::Event& event);
// Whether `message`, from plain_message(), is the denial of an admission webhook.
bool is_webhook_denial(std::string_view message);
// Whether it is the denial of a ValidatingAdmissionPolicy. A name, of a policy too, may contain any words, so
// the code and the words before the name are checked as well.
bool is_policy_denial(const audit::Event& event, std::string_view message);

}  // namespace redshank
