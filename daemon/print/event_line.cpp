#include "daemon/print/event_line.h"

#include <fmt/format.h>

#include "core/request/words.h"
#include "daemon/print/listing.h"

namespace redshank {

std::string sender_words(const Request& request) {
    const std::string sender = actor_words(request.actor);
    return request.event.is_impersonated ? actor_words(request.effective) + ", through " + sender : sender;
}

std::string result_words(const Request& request) {
    const audit::Event& event = request.event;
    std::string words;
    const auto add = [&](std::string_view word) {
        if (word.empty()) return;
        words.append(words.empty() ? "" : ", ").append(word);
    };
    if (event.stage != audit::Stage::ResponseComplete) add(audit::to_string(event.stage));
    const std::string attempt = request.attempt_words();
    const std::string code = event.response.code == 0 ? "" : std::to_string(event.response.code);
    add(attempt);
    if (attempt.find(code) == std::string::npos) add(code);
    return words;
}

std::string event_line(const Request& request) {
    const audit::Event& event = request.event;
    std::string line =
        fmt::format("{} {} {}", to_seconds(event.stage_time), sender_words(request), deed_words(request));
    if (const std::string outcome = result_words(request); !outcome.empty()) line += " (" + outcome + ")";
    if (!event.peer_ip().empty()) line.append(" from ").append(event.peer_ip());
    if (!request.agent.name.empty()) line += " with " + request.agent.name;
    return line.append(", audit id ").append(event.audit_id);
}

}  // namespace redshank
