#include "audit/normalise/stem.h"

#include <algorithm>

#include "audit/space.h"
#include "audit/utf8.h"

namespace redshank::audit {

namespace {

constexpr size_t kMaxStem = 128;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_separator(char c) {
    return c == '-' || c == '.' || c == '_';
}

// The alphabet of generateName and of pod template hashes: no vowels, no 0, 1, 3 (k8s.io/apimachinery
// pkg/util/rand).
bool is_safe_alphabet(std::string_view token) {
    return token.find_first_not_of("bcdfghjklmnpqrstvwxz2456789") == std::string_view::npos;
}

bool is_hex(std::string_view token) {
    return token.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// Words do not have these forms: digits only (three or more), letters of generateName, a long piece of hex,
// or alternating letters and digits.
bool is_generated(std::string_view token) {
    const auto digits = static_cast<size_t>(std::count_if(token.begin(), token.end(), is_digit));
    if (digits == token.size()) return digits >= 3;
    if (token.size() < 5) return false;
    if (is_safe_alphabet(token)) return true;
    if (digits > 0 && token.size() >= 6 && is_hex(token)) return true;
    size_t changes = 0;
    for (size_t i = 1; i < token.size(); ++i) {
        changes += static_cast<size_t>(is_digit(token[i]) != is_digit(token[i - 1]));
    }
    return digits > 0 && (changes >= 2 || (is_digit(token[0]) && token.size() >= 6));
}

// "v12", "3": a small number, alone or after one letter.
bool is_number(std::string_view token) {
    if (token.size() > 1 && is_letter(token[0])) token.remove_prefix(1);
    return !token.empty() && std::all_of(token.begin(), token.end(), is_digit);
}

bool begins_with_uuid(std::string_view text) {
    if (text.size() < 36) return false;
    for (size_t i = 0; i < 36; ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !is_hex(text.substr(i, 1))) return false;
    }
    return true;
}

// Replaces each run of generated parts by one '*'. The first part is the name that people chose, and is kept
// unless it is a digest.
std::string stem(std::string_view name, bool numbers_too) {
    std::string out;
    bool in_star = false;
    for (size_t at = 0; at < name.size() && out.size() < kMaxStem;) {
        size_t end = at;
        while (end < name.size() && !is_separator(name[end])) ++end;
        if (begins_with_uuid(name.substr(at))) end = at + 36;
        const std::string_view token = name.substr(at, end - at);
        const bool is_digest = token.size() >= 16 && is_generated(token);
        const bool counts_on = in_star && token.size() <= 4 && is_number(token);  // "build-20261123-4"
        if (counts_on || (at == 0 ? is_digest : is_generated(token) || is_digest)) {
            if (!in_star) {
                if (at > 0) out += name[at - 1];
                out += '*';
            }
            in_star = true;
        } else {
            if (at > 0) out += name[at - 1];
            in_star = false;
            if (numbers_too && at > 0 && end == name.size() && is_number(token)) {
                if (is_letter(token[0])) out += token[0];
                out += '#';
            } else {
                out += token;
            }
        }
        at = end + 1;
    }
    return std::string(cut_utf8(out, kMaxStem));
}

}  // namespace

std::string name_stem(std::string_view name) {
    return stem(name, true);
}

std::string namespace_stem(std::string_view name) {
    return stem(name, false);
}

std::string user_stem(std::string_view user) {
    constexpr std::string_view kPrefix = "system:serviceaccount:";
    if (!user.starts_with(kPrefix)) return std::string(user);
    const std::string_view rest = user.substr(kPrefix.size());
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return std::string(user);
    return std::string(kPrefix) + namespace_stem(rest.substr(0, colon)) + ":" +
           stem(rest.substr(colon + 1), false);
}

}  // namespace redshank::audit
