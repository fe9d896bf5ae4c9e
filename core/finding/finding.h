// What a detector says once. The JSON shape is an interface: docs/findings.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.h"
#include "core/state/describe.h"

namespace redshank {

enum class Severity : uint8_t { Info, Low, Medium, High, Critical };
enum class FindingStatus : uint8_t { Firing, Resolved };

// The words of the severities, in their order: the only ones in rules, configuration and JSON.
inline constexpr std::array<std::string_view, 5> kSeverityWords{"info", "low", "medium", "high", "critical"};

std::span<const std::string_view> words_of(Severity);
std::span<const std::string_view> words_of(FindingStatus);
std::string_view to_string(Severity severity);
std::string_view to_string(FindingStatus status);
// False, and `out` untouched, when the word is none of the five.
bool parse_severity(std::string_view word, Severity& out);

// Who did it. Everything but `user`, `uid`, `groups` and `source_ip` is the client's own word.
struct FindingActor {
    std::string user, uid;
    std::vector<std::string> groups;
    std::string impersonated;  // "" when nobody was
    std::string source_ip;     // the peer the API server saw
    std::string user_agent;

    // Who acted, and through whom: see acting_words().
    std::string in_words() const;

    // Did not say who they are: many people may be behind it, told apart only by their address.
    bool is_anonymous() const { return user.empty() || user == "system:anonymous"; }
};

// "bob", or "bob (through teleport)": whose rights were used, and who sent the request when that is another.
std::string acting_words(std::string_view user, std::string_view impersonated);

struct FindingObject {
    std::string group, version, resource, subresource, namespace_, name;
};

struct Reason {
    std::string name;   // kebab-case, stable
    std::string text;   // one clause a person reads
    std::string value;  // the number or word behind it, "" when there is none
};

// Points at one event in a log.
struct Evidence {
    std::string audit_id;
    audit::Time time{};
    std::string source;   // file
    uint64_t offset = 0;  // of the first byte of the line
};
template <class V>
void describe(V& v, Evidence& row) {
    v.must("audit_id", row.audit_id);
    v.must("time", micros(row.time));
    v.must("source", row.source);
    v.must("offset", row.offset);
}

struct Finding {
    std::string id;      // see finding_id()
    audit::Time time{};  // of the last evidence
    std::string detector, kind;
    Severity severity = Severity::Info;
    FindingStatus status = FindingStatus::Firing;
    std::string title;    // holds no value that an attacker could choose
    std::string summary;  // one sentence; may hold names, which sinks must escape
    std::string cluster;
    std::optional<FindingActor> actor;    // nothing when no client did it, or nobody knows who
    std::vector<std::string> also;        // others who did it, in words; the first 8
    std::optional<FindingObject> object;  // nothing for URLs like /healthz
    std::string verb;
    int code = 0;
    std::string grant;   // "" when there is none
    uint64_t count = 0;  // events behind it
    audit::Time first_seen{}, last_seen{};
    std::vector<Reason> reasons;
    std::vector<std::string> mitre;
    std::string rule_id, rule_source;  // detector "rule" only
    std::vector<Evidence> evidence;    // first and last few, or all

    // The actor and the object, or empty ones: for those who show or compare what there is.
    const FindingActor& who() const;
    const FindingObject& what() const;
};

// "f_" + 26 characters of base32: SHA-256 over the parts, cut to 130 bits. Parts are length-prefixed, so that
// {"ab","c"} and {"a","bc"} differ. Give it what the finding is about, never when it was computed.
std::string finding_id(std::initializer_list<std::string_view> parts);

FindingActor actor_of(const audit::Event& event);
FindingObject object_of(const audit::ObjectRef& object);

}  // namespace redshank
