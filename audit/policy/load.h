// Loads a policy file as the API server does (apiserver pkg/audit/policy/reader.go): strict decoding; on an
// unknown or duplicate key, lenient decoding with a warning; then the version; then validation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

enum class Severity : uint8_t {
    Error,    // the API server does not start
    Warning,  // it starts, but the policy does not do what it seems to say
    Note,
};
std::string_view to_string(Severity severity);

struct Problem {
    Place place;
    Severity severity = Severity::Warning;
    std::string text;         // what is wrong and what to write; may contain any text of the file
    std::string server_text;  // the API server's own words; "" when it reports nothing
};

struct Loaded {
    std::optional<Policy> policy;  // nothing: the API server does not start with this file
    std::vector<Problem> problems;
};

// Never throws.
Loaded load(std::string_view text, int kubernetes);

// The line that the API server writes to its own log: why it does not start, or that it decodes leniently. ""
// when it reports nothing. `path` is the file's path as given to the server.
std::string server_line(const Loaded& loaded, std::string_view path);

// The server's words for a file that it cannot open or read; `reason` has the form "open /p: no such file or
// directory".
std::string unreadable(std::string_view path, std::string_view reason);

}  // namespace redshank::audit::policy
