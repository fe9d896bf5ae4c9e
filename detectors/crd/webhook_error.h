// Clauses about a failed webhook call, taken out of the message that the API server wrote. The message itself
// holds URLs, answers of the webhook and pieces of objects, so it is never passed on.
#pragma once

#include <string>
#include <string_view>

namespace redshank::crd {

// A name from the log for people's eyes: control characters as '?', cut to 80 bytes.
std::string shown(std::string_view name);

// The first name between quotation marks, shown(); "?" when there is none.
std::string quoted_name(std::string_view text, char mark = '"');

// "connection refused", "timed out", "certificate problem", …: why a call failed. "failed" when unknown.
std::string_view call_problem(std::string_view message);

// `conversion webhook for example.com/v2, Kind=Widget failed: …`
std::string conversion_cause(std::string_view message);

// `failed calling webhook "guard.example.com": …`
std::string admission_failure_cause(std::string_view message);

// "yard" of `Post "https://gate.yard.svc:443/v?timeout=5s"`: where the pods of the webhook are; "" when it is
// called by an address of its own.
std::string_view service_namespace(std::string_view message);

}  // namespace redshank::crd
