#include "detectors/crd/webhook_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "audit/utf8.h"

namespace redshank::crd {

namespace {

constexpr size_t kLongestName = 80;

struct Problem {
    std::string_view text, word;
};

// The order matters: a wrapped error ends with its real cause, and some wordings contain others.
constexpr Problem kProblems[] = {
    {"connection refused", "connection refused"},
    {"no endpoints available", "its service has no endpoints"},
    {"no service port", "its service has no such port"},
    {"x509: ", "its certificate is not trusted"},
    {"tls: ", "TLS failed"},
    {"no such host", "its host name is unknown"},
    {"no route to host", "no route to it"},
    {"network is unreachable", "no route to it"},
    {"connection reset", "connection reset"},
    {"context deadline exceeded", "timed out"},
    {"Client.Timeout exceeded", "timed out"},
    {"i/o timeout", "timed out"},
    {"context canceled", "the caller went away"},
    {"an error on the server", "it answered with an error"},
    {"could not find the requested resource", "it answered 404"},
    {"json parse error", "it answered garbage"},
    {"couldn't get version/kind", "it answered garbage"},
    {"unexpected end of JSON", "it answered garbage"},
    {"returned response.patch", "it answered wrongly"},
    {"expected response", "it answered wrongly"},
    {"expected webhook response", "it answered wrongly"},
    {"returned ", "it answered wrongly"},
    {"\" not found", "its service does not exist"},
    {"server gave HTTP response to HTTPS client", "it does not speak TLS"},
};

bool ends_with_eof(std::string_view message) {
    return message.ends_with(": EOF") || message.find("unexpected EOF") != std::string_view::npos;
}

}  // namespace

std::string shown(std::string_view name) {
    const bool cut = name.size() > kLongestName;
    std::string text(audit::cut_utf8(name, kLongestName));
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return cut ? text + "…" : text;
}

std::string quoted_name(std::string_view text, char mark) {
    const size_t begin = text.find(mark);
    if (begin == std::string_view::npos) return "?";
    const size_t end = text.find(mark, begin + 1);
    if (end == std::string_view::npos) return "?";
    return shown(text.substr(begin + 1, end - begin - 1));
}

std::string_view call_problem(std::string_view message) {
    for (const Problem& problem : kProblems) {
        if (message.find(problem.text) != std::string_view::npos) return problem.word;
    }
    return ends_with_eof(message) ? "the connection broke" : "failed";
}

// client-go's errors of a call that gave no usable answer; everything else are the webhook's own words.
bool is_call_error(std::string_view words) {
    constexpr std::string_view kStarts[] = {
        "Post ",     "an error on the server",    "the server ",
        "json: ",    "couldn't get version/kind", "unexpected end of JSON",
        "expected ", "unable to decode"};
    return std::any_of(std::begin(kStarts), std::end(kStarts),
                       [&](std::string_view start) { return words.starts_with(start); });
}

std::string conversion_cause(std::string_view message) {
    constexpr std::string_view kStart = "conversion webhook for ", kFailed = " failed: ";
    const std::string_view rest = message.substr(kStart.size());
    const size_t failed = rest.find(kFailed), returned = rest.find(" returned ");
    if (failed == std::string_view::npos || returned < failed) {
        const bool is_named = returned != std::string_view::npos;
        return fmt::format("conversion webhook for {}: {}", is_named ? shown(rest.substr(0, returned)) : "?",
                           is_named ? "it answered wrongly" : "it failed");
    }
    const std::string_view words = rest.substr(failed + kFailed.size());
    const std::string_view problem = is_call_error(words) ? call_problem(words) : "failed";
    return fmt::format("conversion webhook for {}: {}", shown(rest.substr(0, failed)),
                       problem == "failed" ? "it could not convert" : problem);
}

std::string admission_failure_cause(std::string_view message) {
    const std::string name = quoted_name(message);
    if (message.find("attempted to modify the object") != std::string_view::npos) {
        return fmt::format("admission webhook {}: it changed an object where that is not allowed", name);
    }
    return fmt::format("admission webhook {}: {}", name, call_problem(message));
}

std::string_view service_namespace(std::string_view message) {
    constexpr std::string_view kStart = "\"https://";
    const size_t start = message.find(kStart);
    if (start == std::string_view::npos) return {};
    std::string_view host = message.substr(start + kStart.size());
    host = host.substr(0, host.find_first_of(":/?\""));
    const size_t dot = host.find('.');
    if (dot == std::string_view::npos) return {};
    const std::string_view rest = host.substr(dot + 1);
    const size_t end = rest.find('.');
    const bool is_service = end != std::string_view::npos && rest.substr(end + 1, 3) == "svc";
    return is_service ? rest.substr(0, end) : std::string_view();
}

}  // namespace redshank::crd
