// Extracts clauses about a failed webhook call from the API server's message. The message itself is never
// passed on, since it contains URLs, answers of the webhook and parts of objects.
#pragma once

#include <string>
#include <string_view>

namespace redshank::crd {

// A name from the log, safe for people: control characters become '?', cut to 80 bytes.
std::string shown(std::string_view name);

// The first name between quotation marks, shown(); "?" when there is none.
std::string quoted_name(std::string_view text, char mark = '"');

// "connection refused", "timed out", "certificate problem", …: why a call failed. "failed" when unknown.
std::string_view call_problem(std::string_view message);

// `conversion webhook for example.com/v2, Kind=Widget failed: …`
std::string conversion_cause(std::string_view message);

// `failed calling webhook "guard.example.com": …`
std::string admission_failure_cause(std::string_view message);

// The namespace of the webhook's Pods, "yard" in `Post "https://gate.yard.svc:443/v?timeout=5s"`; "" when the
// URL has an address of its own.
std::string_view service_namespace(std::string_view message);

}  // namespace redshank::crd
