// A finding of a detector. Its JSON shape is an interface: docs/findings.md.
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

// The only words for severities in rules, configuration and JSON, in ascending order.
inline constexpr std::array<std::string_view, 5> kSeverityWords{"info", "low", "medium", "high", "critical"};

std::span<const std::string_view> words_of(Severity);
std::span<const std::string_view> words_of(FindingStatus);
std::string_view to_string(Severity severity);
std::string_view to_string(FindingStatus status);
// Returns false, and leaves `out` unchanged, when the word is not one of the five.
bool parse_severity(std::string_view word, Severity& out);

// Who acted. All fields except `user`, `uid`, `groups` and `source_ip` are the client's claim.
struct FindingActor {
    std::string user, uid;
    std::vector<std::string> groups;
    std::string impersonated;  // "" without impersonation
    std::string source_ip;     // the peer that the API server saw
    std::string user_agent;

    // The acting user, and through whom: see acting_words().
    std::string in_words() const;

    // True for callers without an identity: many people may be behind it, told apart only by address.
    bool is_anonymous() const { return user.empty() || user == "system:anonymous"; }
};

// "bob", or "bob (through teleport)": the user whose rights were used, and the sender if that is another.
std::string acting_words(std::string_view user, std::string_view impersonated);

struct FindingObject {
    std::string group, version, resource, subresource, namespace_, name;
};

struct Reason {
    std::string name;   // kebab-case, stable
    std::string text;   // one clause, for people
    std::string value;  // the number or word that the reason is based on, "" when there is none
};

// Refers to one event in a log.
struct Evidence {
    std::string audit_id;
    audit::Time time{};
    std::string source;   // file name
    uint64_t offset = 0;  // of the line's first byte
    std::string
        generation;  // which file it was, by its first line, whatever its name is now; "" without files
};
template <class V>
void describe(V& v, Evidence& row) {
    v.must("audit_id", row.audit_id);
    v.must("time", micros(row.time));
    v.must("source", row.source);
    v.must("offset", row.offset);
    v.sparse("generation", row.generation);
}

struct Finding {
    std::string id;      // see finding_id()
    audit::Time time{};  // of the last evidence
    std::string detector, kind;
    Severity severity = Severity::Info;
    FindingStatus status = FindingStatus::Firing;
    std::string title;    // contains nothing that an attacker could choose
    std::string summary;  // one sentence; may contain names, which sinks must escape
    std::string cluster;
    std::optional<FindingActor> actor;    // nothing when no client acted, or the client is unknown
    std::vector<std::string> also;        // up to 8 other actors, in words
    std::optional<FindingObject> object;  // nothing for URLs like /healthz
    std::string verb;
    int code = 0;
    std::string grant;   // "" when there is none
    uint64_t count = 0;  // number of events
    audit::Time first_seen{}, last_seen{};
    std::vector<Reason> reasons;
    std::vector<std::string> mitre;
    std::string rule_id, rule_source;  // for detector "rule" only
    std::vector<Evidence> evidence;    // the first and last few, or all

    // The actor and the object, or empty ones when there are none.
    const FindingActor& who() const;
    const FindingObject& what() const;
};

// "f_" + 26 characters of base32: SHA-256 of the parts, cut to 130 bits. Each part is hashed with its length,
// so that {"ab","c"} and {"a","bc"} differ. Parts say what the finding is about, never when it was computed.
std::string finding_id(std::initializer_list<std::string_view> parts);

FindingActor actor_of(const audit::Event& event);
FindingObject object_of(const audit::ObjectRef& object);

}  // namespace redshank
