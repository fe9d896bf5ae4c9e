// Loading a policy file as the API server does it (apiserver pkg/audit/policy/reader.go): strict decoding,
// on an unknown or doubled key lenient decoding with a warning, the version, then validation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

enum class Severity : uint8_t {
    Error,    // the API server does not start
    Warning,  // it starts, and the policy does not do what it seems to say
    Note,
};
std::string_view to_string(Severity severity);

struct Problem {
    Place place;
    Severity severity = Severity::Warning;
    std::string text;         // what is wrong and what to write; may hold any text of the file
    std::string server_text;  // the API server's own words; "" when it says nothing
};

struct Loaded {
    std::optional<Policy> policy;  // nothing: the API server does not start with this file
    std::vector<Problem> problems;
};

// Never throws.
Loaded load(std::string_view text, int kubernetes);

// The line in the API server's own log: why it stops, or that it decodes leniently. "" when it is content.
// `path` is the file's as the server knows it.
std::string server_line(const Loaded& loaded, std::string_view path);

// The server's words for a file that it cannot open or read: `reason` as "open /p: no such file or
// directory".
std::string unreadable(std::string_view path, std::string_view reason);

}  // namespace redshank::audit::policy
