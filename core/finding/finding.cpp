#include "core/finding/finding.h"

#include <array>
#include <charconv>

#include "core/sha256.h"

namespace redshank {

std::span<const std::string_view> words_of(Severity) {
    return kSeverityWords;
}

std::span<const std::string_view> words_of(FindingStatus) {
    static constexpr std::array<std::string_view, 2> kStatuses{"firing", "resolved"};
    return kStatuses;
}
std::string_view to_string(Severity severity) {
    return words_of(severity)[static_cast<size_t>(severity)];
}

std::string_view to_string(FindingStatus status) {
    return words_of(status)[static_cast<size_t>(status)];
}

bool parse_severity(std::string_view word, Severity& out) {
    return parse_word(word, out);
}

const FindingActor& Finding::who() const {
    static const FindingActor nobody;
    return actor ? *actor : nobody;
}

const FindingObject& Finding::what() const {
    static const FindingObject nothing;
    return object ? *object : nothing;
}

std::string finding_id(std::initializer_list<std::string_view> parts) {
    thread_local std::string text;  // keeps its memory
    text.clear();
    for (const std::string_view part : parts) {
        char digits[20];
        text.append(digits, std::to_chars(digits, digits + sizeof digits, part.size()).ptr) += ':';
        text += part;
    }
    const Sha256 digest = sha256(text);

    static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648, lower case
    std::string id(2 + 26, '_');
    id[0] = 'f';
    unsigned bits = 0, held = 0;
    for (size_t to = 2, at = 0; to < id.size(); ++to) {
        if (held < 5) {
            bits = (bits << 8) | digest[at++];
            held += 8;
        }
        held -= 5;
        id[to] = kAlphabet[(bits >> held) & 31];
    }
    return id;
}

std::string acting_words(std::string_view user, std::string_view impersonated) {
    if (impersonated.empty()) return std::string(user);
    return std::string(impersonated).append(" (through ").append(user).append(")");
}

std::string FindingActor::in_words() const {
    return acting_words(user, impersonated);
}

FindingActor actor_of(const audit::Event& event) {
    FindingActor actor{.user = std::string(event.user.username), .uid = std::string(event.user.uid)};
    for (const std::string_view group : event.user.groups) actor.groups.emplace_back(group);
    if (event.is_impersonated) actor.impersonated = event.impersonated_user.username;
    actor.source_ip = event.peer_ip();
    actor.user_agent = event.user_agent;
    return actor;
}

FindingObject object_of(const audit::ObjectRef& object) {
    return {.group = std::string(object.api_group),
            .version = std::string(object.api_version),
            .resource = std::string(object.resource),
            .subresource = std::string(object.subresource),
            .namespace_ = std::string(object.namespace_),
            .name = std::string(object.name)};
}

}  // namespace redshank
