#include "core/request/request.h"

#include <cstring>

#include "audit/normalise/agent.h"
#include "audit/normalise/source.h"

namespace redshank {

namespace {

// Unambiguous: the length before the bytes.
void append(std::string& to, std::string_view part) {
    const auto size = static_cast<uint32_t>(part.size());
    char bytes[sizeof size];
    std::memcpy(bytes, &size, sizeof size);
    to.append(bytes, sizeof size).append(part);
}

void append(std::string& to, const std::vector<std::string_view>& parts) {
    append(to, std::string_view());
    for (const std::string_view part : parts) append(to, part);
    to += '\x1e';
}

GrantReason reason_from(std::string_view text) {
    GrantReason reason{.grant = audit::parse_grant(text)};
    if (reason.grant) reason.words = reason.grant->to_string();
    return reason;
}

}  // namespace

bool Request::is_control_plane_work() const {
    if (event.is_impersonated) return false;
    if (actor.is_core_component()) return true;
    const bool was_let_in = verdict == RequestVerdict::Allowed || verdict == RequestVerdict::Failed;
    return actor.is(ActorClass::Node) && event.reason.empty() && was_let_in;
}

const Actor& Symbols::actor(const audit::User& user) {
    user_text_.clear();
    append(user_text_, user.username);
    append(user_text_, user.uid);
    append(user_text_, user.groups);
    for (const audit::ExtraEntry& entry : user.extra) {
        append(user_text_, entry.key);
        append(user_text_, entry.values);
    }
    return actors_.get(user_text_, [&] { return actor_from(user); });
}

Request Symbols::understand(const audit::Event& event) {
    actors_.release();
    agents_.release();
    addresses_.release();
    reasons_.release();
    const Actor& sender = actor(event.user);
    const std::string_view agent = event.user_agent, peer = event.peer_ip();
    return {
        .event = event,
        .actor = sender,
        .effective = event.is_impersonated ? actor(event.impersonated_user) : sender,
        .agent = agents_.get(agent,
                             [&] {
                                 return Agent{.name = std::string(agent.substr(0, agent.find_first_of("/ "))),
                                              .product = audit::agent_product(agent)};
                             }),
        .peer = addresses_.get(peer, [&] { return SourceAddress{.network = audit::source_network(peer)}; }),
        .reason = reasons_.get(event.reason, [&] { return reason_from(event.reason); }),
        .verdict = verdict_of(event)};
}

}  // namespace redshank
