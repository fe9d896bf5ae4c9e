// What became of a request between its caller and the handler: one answer for every room. What the handler
// then did with it (found the object, stored it) is another question: audit::Event::succeeded().
//
// By code, the annotation authorization.k8s.io/decision, and, where that is missing, the words of the answer:
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
// "Refused by admission" is every no behind the authorizer: a plugin, a quota, a webhook, a policy (each with
// any code of 400 or more that it likes, told by its words), and the server behind a proxied path.
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

// Somebody said no: neither let through nor broken.
inline bool is_refusal(RequestVerdict verdict) {
    return verdict == RequestVerdict::Forbidden || verdict == RequestVerdict::RefusedByAdmission ||
           verdict == RequestVerdict::Unauthenticated;
}

// Forbidden to act as the other, before anybody asked for the right to the thing itself: a 403 with neither a
// decision nor impersonatedUser, only a message (apiserver pkg/endpoints/filters/impersonation.go).
bool is_refused_impersonation(const audit::Event& event);

// An answer's message without what apierrors.NewInternalError puts before the error it wraps.
std::string_view plain_message(const audit::Event& event);
// An admission webhook said no, as `message` (plain) tells.
bool is_webhook_denial(std::string_view message);
// A ValidatingAdmissionPolicy said no. Any name may hold any words, also those of a policy, so the code and
// the words before it count as well.
bool is_policy_denial(const audit::Event& event, std::string_view message);

}  // namespace redshank
