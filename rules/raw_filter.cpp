#include "rules/raw_filter.h"

#include <string.h>  // memmem

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

namespace redshank::rules {

namespace {

using Text = std::string_view;
using Groups = RawFilter::Groups;

constexpr size_t kMostAlternatives = 8;  // each is looked for: with more of them, parsing costs less
constexpr size_t kShortestInBody = 3;    // letters; a number may be written anew with an e
constexpr Text kCut = "\u2026";  // stands behind the beginning of a text that audit::cut() made shorter

// How the values of a field stand in the line.
enum class Spelling : uint8_t {
    Other,  // worked out, decoded or looked up: nothing can be told
    Whole,  // as written, or a part of it
    Body,   // as written but for numbers and blanks, where a value is an object or an array
};

Spelling spelling_of(Text field) {
    static constexpr Text kTexts[] = {
        "auditID",
        "requestURI",
        "verb",
        "user.username",
        "user.uid",
        "user.groups",
        "user.extra",
        "impersonatedUser.username",
        "impersonatedUser.uid",
        "impersonatedUser.groups",
        "impersonatedUser.extra",
        "sourceIPs",
        "userAgent",
        "objectRef.resource",
        "objectRef.namespace",
        "objectRef.name",
        "objectRef.uid",
        "objectRef.apiGroup",
        "objectRef.subresource",
        "responseStatus.reason",
        "responseStatus.message",
        "responseStatus.details.name",
        "annotations",
        "actor.namespace",
        "actor.account",
        "grant.bindingNamespace",
        "grant.binding",
        "grant.role",
        "grant.subjectNamespace",
        "grant.subject",
        "source.ip",
        "agent.product",
        "path",
    };
    static constexpr Text kBodies[] = {"requestObject", "responseObject", "text"};
    if (std::find(std::begin(kTexts), std::end(kTexts), field) != std::end(kTexts)) return Spelling::Whole;
    const bool is_body = std::find(std::begin(kBodies), std::end(kBodies), field) != std::end(kBodies);
    return is_body ? Spelling::Body : Spelling::Other;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Stands in the line as it stands in the value, or as an escape that may_be_escaped() sees.
bool is_plain(char c, Spelling spelling) {
    if (spelling == Spelling::Body) return is_letter(c) || c == '_' || c == '/';
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

// The longest part of a literal that must stand in the line; "" when none must.
std::string needle_of(const Condition& compare, Text literal, Spelling spelling) {
    // A value that was cut has its beginning from the line, and behind … a hash in hexadecimal.
    literal = literal.substr(0, literal.find(kCut));
    const Text stops = compare.op == Op::Glob ? "*?[]" : "";
    Text longest;
    for (size_t at = 0; at < literal.size();) {
        const auto is_part = [&](char c) { return is_plain(c, spelling) && stops.find(c) == Text::npos; };
        const Text rest = literal.substr(at);
        const auto end = std::find_if_not(rest.begin(), rest.end(), is_part);
        const Text run = rest.substr(0, static_cast<size_t>(end - rest.begin()));
        if (run.size() > longest.size()) longest = run;
        at += run.size() + 1;
    }
    const bool may_be_hash =
        compare.op != Op::Equal && longest.find_first_not_of("0123456789abcdef") == Text::npos;
    const bool is_short = spelling == Spelling::Body && longest.size() < kShortestInBody;
    return std::string(may_be_hash || is_short ? Text{} : longest);
}

// What one comparison demands; nothing when it may hold for any line.
std::optional<std::vector<std::string>> needles_of(const Condition& compare) {
    const Spelling spelling = spelling_of(compare.field.entry->name);
    const bool is_by_text = compare.op == Op::Equal || compare.op == Op::Contains ||
                            compare.op == Op::StartsWith || compare.op == Op::EndsWith ||
                            compare.op == Op::Glob;
    if (spelling == Spelling::Other || !is_by_text || compare.ignore_case || compare.other ||
        compare.field.computed || !compare.transforms.empty() ||
        compare.literals.size() > kMostAlternatives) {
        return std::nullopt;
    }
    std::vector<std::string> needles;
    for (const Literal& literal : compare.literals) {
        std::string needle = literal.is_number ? "" : needle_of(compare, literal.text, spelling);
        if (needle.empty()) return std::nullopt;
        needles.push_back(std::move(needle));
    }
    return needles;
}

// Long texts are rare ones: the group that rules out most goes first.
bool rules_out_more(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    const auto shortest = [](const std::vector<std::string>& group) {
        size_t size = SIZE_MAX;
        for (const std::string& needle : group) size = std::min(size, needle.size());
        return size;
    };
    return shortest(a) > shortest(b);
}

Groups groups_of(const Condition& condition) {
    Groups groups;
    switch (condition.kind) {
        case Condition::Kind::False:
            groups.emplace_back();
            break;
        case Condition::Kind::And:
            for (const ConditionPtr& part : condition.parts) {
                Groups more = groups_of(*part);
                std::move(more.begin(), more.end(), std::back_inserter(groups));
            }
            break;
        case Condition::Kind::Or:
        case Condition::Kind::One: {
            std::vector<std::string> any;
            for (const ConditionPtr& part : condition.parts) {
                const Groups of_part = groups_of(*part);
                if (of_part.empty() || any.size() + of_part.front().size() > kMostAlternatives) return {};
                any.insert(any.end(), of_part.front().begin(), of_part.front().end());
            }
            groups.push_back(std::move(any));
            break;
        }
        case Condition::Kind::Compare:
            if (auto needles = needles_of(condition)) groups.push_back(std::move(*needles));
            break;
        case Condition::Kind::True:
        case Condition::Kind::Not:
        case Condition::Kind::Exists:
        case Condition::Kind::Has:
            break;
    }
    std::stable_sort(groups.begin(), groups.end(), rules_out_more);
    return groups;
}

bool holds(Text line, Text needle) {
    return ::memmem(line.data(), line.size(), needle.data(), needle.size()) != nullptr;
}

// The value of four hexadecimal digits; nothing when they are none.
std::optional<unsigned> code_of(Text digits) {
    unsigned code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    return error == std::errc{} && digits.size() == 4 && end == digits.data() + 4 ? std::optional(code)
                                                                                  : std::nullopt;
}

}  // namespace

RawFilter::RawFilter(const Condition& condition) : groups_(groups_of(condition)) {
    // Escapes of these may make another escape, in an envelope.
    for (const char c : Text("\\u0123456789abcdefABCDEF")) is_watched_.set(static_cast<unsigned char>(c));
    for (const std::vector<std::string>& group : groups_) {
        for (const std::string& needle : group) {
            for (const char c : needle) is_watched_.set(static_cast<unsigned char>(c));
        }
    }
    for (size_t byte = 0x80; byte < is_watched_.size(); ++byte) looks_beyond_ascii_ |= is_watched_[byte];
}

// Whether some byte that is looked for may be spelt as an escape in the line. The API server writes < > & as
// \u003c and so on in every fifth line: those matter only to who looks for them.
bool RawFilter::may_be_escaped(Text line) const {
    for (size_t at = line.find('\\'); at != Text::npos; at = line.find('\\', at + 1)) {
        const Text behind = line.substr(at + 1);
        if (behind.starts_with('/') && is_watched_['/']) return true;
        if (!behind.starts_with('u')) continue;
        const auto code = code_of(behind.substr(1, 4));
        if (!code || (*code < 0x80 ? is_watched_[*code] : looks_beyond_ascii_)) return true;
    }
    return false;
}

bool RawFilter::may_hold(Text line) const {
    for (const std::vector<std::string>& group : groups_) {
        const bool stands = std::any_of(group.begin(), group.end(),
                                        [&](const std::string& needle) { return holds(line, needle); });
        if (!stands) return may_be_escaped(line) || may_be_hidden(line);
    }
    return true;
}

// The event is packed, put together from the words of a cloud, or in parts (audit/envelope).
bool RawFilter::may_be_hidden(Text line) {
    if (line.starts_with(R"({"kind":"Event")")) return false;
    const auto has = [&](Text word) { return line.find(word) != Text::npos; };
    return has("\n") || has("protoPayload") || has(R"(data")") || has(R"(data\)");
}

}  // namespace redshank::rules
