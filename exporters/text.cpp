#include "exporters/text.h"

#include <cstdint>
#include <cstdio>

namespace redshank {

namespace {

constexpr char32_t kBroken = 0xfffd;

// The next code point of `text` at `at`, which moves on; U+FFFD for a byte that is not part of valid UTF-8.
char32_t next_code_point(std::string_view text, size_t& at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    const size_t length = lead < 0x80         ? 1
                          : (lead >> 5) == 6  ? 2
                          : (lead >> 4) == 14 ? 3
                          : (lead >> 3) == 30 ? 4
                                              : 0;
    if (length == 0 || at + length > text.size()) {
        ++at;
        return kBroken;
    }
    if (length == 1) return text[at++] & 0x7f;
    char32_t point = lead & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80) {
            ++at;
            return kBroken;
        }
        point = (point << 6) | (byte(at + i) & 0x3f);
    }
    static constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < kSmallest[length] || point > 0x10ffff || surrogate) {
        ++at;
        return kBroken;
    }
    at += length;
    return point;
}

// What must not reach a screen as it is.
bool is_hidden(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x115f || c == 0x1160 ||
           c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0x3164 || c == 0xfeff || c == 0xffa0 ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t bits) { out += static_cast<char>(bits); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | (c >> 6)), put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        put(0xe0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3f)), put(0x80 | (c & 0x3f));
    } else {
        put(0xf0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3f)), put(0x80 | ((c >> 6) & 0x3f)),
            put(0x80 | (c & 0x3f));
    }
}

void append_visible(std::string& out, char32_t c, Escape escape) {
    if (c == '\n') {
        out += "\\n";
    } else if (c == '\t') {
        out += "\\t";
    } else if (is_hidden(c)) {
        char code[12];
        std::snprintf(code, sizeof code, c > 0xffff ? "\\U%08x" : "\\u%04x", static_cast<unsigned>(c));
        out += code;
    } else if (escape == Escape::Slack && c == '&') {
        out += "&amp;";
    } else if (escape == Escape::Slack && c == '<') {
        out += "&lt;";
    } else if (escape == Escape::Slack && c == '>') {
        out += "&gt;";
    } else {
        append_utf8(out, c);
    }
}

std::string fit_text(std::string_view text, size_t limit, Escape escape, bool defang) {
    constexpr size_t kNote = 32;  // room for "… (18446744073709551615 more)"
    std::string out;
    size_t safe = 0, safe_points = 0;  // what fits together with the note
    size_t points = 0;
    bool overflow = false;
    for (size_t at = 0; at < text.size(); ++points) {
        if (overflow) {
            next_code_point(text, at);
            continue;
        }
        if (defang && text.substr(at).starts_with("://")) {
            out += "[:]";
            ++at;
        } else {
            append_visible(out, next_code_point(text, at), escape);
        }
        if (out.size() + kNote <= limit) safe = out.size(), safe_points = points + 1;
        overflow = out.size() > limit;
    }
    if (!overflow) return out;
    out.resize(safe);
    return out + "… (" + std::to_string(points - safe_points) + " more)";
}

}  // namespace

std::string fit(std::string_view text, size_t limit, Escape escape) {
    return fit_text(text, limit, escape, true);
}

std::string fit_exact(std::string_view text, size_t limit) {
    return fit_text(text, limit, Escape::None, false);
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t at = 0; at < text.size();) append_utf8(out, next_code_point(text, at));
    return out;
}

std::string url_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else {
            char code[4];
            std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
            out += code;
        }
    }
    return out;
}

std::string redact_url(std::string_view url) {
    const size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return "(redacted)";
    const size_t start = scheme + 3;
    const std::string_view authority = url.substr(start, url.find_first_of("/?#", start) - start);
    const size_t at = authority.rfind('@');  // user:password@host
    const std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
    return std::string(url.substr(0, start)) + std::string(host) + "/…";
}

}  // namespace redshank
