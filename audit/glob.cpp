#include "audit/glob.h"

#include <cctype>
#include <cstddef>

namespace redshank::audit {

namespace {

using Text = std::string_view;

unsigned char fold(char c, bool ignore_case) {
    const auto byte = static_cast<unsigned char>(c);
    return ignore_case && byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + 'a' - 'A') : byte;
}

bool in_class(Text name, unsigned char c) {
    if (name == "alpha") return std::isalpha(c) != 0;
    if (name == "digit") return std::isdigit(c) != 0;
    if (name == "alnum") return std::isalnum(c) != 0;
    if (name == "upper") return std::isupper(c) != 0;
    if (name == "lower") return std::islower(c) != 0;
    if (name == "space") return std::isspace(c) != 0;
    if (name == "punct") return std::ispunct(c) != 0;
    if (name == "xdigit") return std::isxdigit(c) != 0;
    return false;
}

// Reads [a-z] at the front of `pattern` and returns its length; 0 when it is not closed and so is a literal
// [.
size_t bracket(Text pattern, char c, const GlobStyle& style, bool& fits) {
    size_t p = 1;
    const bool negated = p < pattern.size() && (pattern[p] == '!' || pattern[p] == '^');
    if (negated) ++p;
    const unsigned char wanted = fold(c, style.ignore_case);
    bool found = false;
    for (bool first = true; p < pattern.size(); first = false) {
        if (pattern[p] == ']' && !first) {
            fits = found != negated;
            return p + 1;
        }
        if (pattern.substr(p).starts_with("[:")) {
            const size_t end = pattern.find(":]", p + 2);
            if (end != Text::npos) {
                found = found || in_class(pattern.substr(p + 2, end - p - 2), static_cast<unsigned char>(c));
                p = end + 2;
                continue;
            }
        }
        if (pattern[p] == '\\' && style.escapes && p + 1 < pattern.size()) ++p;
        const unsigned char low = fold(pattern[p++], style.ignore_case);
        unsigned char high = low;
        if (p + 1 < pattern.size() && pattern[p] == '-' && pattern[p + 1] != ']') {
            ++p;
            if (pattern[p] == '\\' && style.escapes && p + 1 < pattern.size()) ++p;
            high = fold(pattern[p++], style.ignore_case);
        }
        found = found || (low <= wanted && wanted <= high);
    }
    return 0;
}

// Whether the element at the front of `pattern`, which is no *, matches the byte; `width` is its length.
bool one(Text pattern, char c, const GlobStyle& style, size_t& width) {
    width = 1;
    char wanted = pattern.front();
    if (wanted == '?') return true;
    if (wanted == '[' && style.brackets) {
        bool fits = false;
        if (const size_t length = bracket(pattern, c, style, fits); length > 0) {
            width = length;
            return fits;
        }
    }
    if (wanted == '\\' && style.escapes && pattern.size() > 1) {
        width = 2;
        wanted = pattern[1];
    }
    return fold(wanted, style.ignore_case) == fold(c, style.ignore_case);
}

}  // namespace

bool glob_match(Text pattern, Text text, GlobStyle style) {
    size_t p = 0, t = 0, star = Text::npos, resume = 0;
    while (t < text.size()) {
        size_t width = 0;
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && one(pattern.substr(p), text[t], style, width)) {
            p += width;
            ++t;
        } else if (star != Text::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == Text::npos;
}

}  // namespace redshank::audit
