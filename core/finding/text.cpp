#include "core/finding/text.h"

#include <algorithm>
#include <cstdio>

#include "audit/utf8.h"

namespace redshank {

namespace {

// Characters that must not reach a screen unescaped.
bool is_hidden(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x115f || c == 0x1160 ||
           c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0x3164 || c == 0xfeff || c == 0xffa0 ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
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
        audit::append_utf8(out, c);
    }
}

// Whether the text fits as it is. Nearly all names do: to look at them by code point took a tenth of what a
// finding costs.
bool is_plain(std::string_view text, size_t limit, Escape escape, bool defang) {
    return text.size() <= limit && std::all_of(text.begin(), text.end(), [&](char c) {
               return c >= ' ' && c <= '~' &&
                      !(escape == Escape::Slack && (c == '&' || c == '<' || c == '>')) &&
                      !(defang && c == ':');
           });
}

std::string fit_text(std::string_view text, size_t limit, Escape escape, bool defang) {
    if (is_plain(text, limit, escape, defang)) return std::string(text);
    constexpr size_t kNote = 32;  // room for "… (18446744073709551615 more)"
    std::string out;
    size_t safe = 0, safe_points = 0;  // what fits together with the note
    size_t points = 0;
    bool overflow = false;
    for (size_t at = 0; at < text.size(); ++points) {
        if (overflow) {
            audit::next_code_point(text, at);
            continue;
        }
        if (defang && text.substr(at).starts_with("://")) {
            out += "[:]";
            ++at;
        } else {
            append_visible(out, audit::next_code_point(text, at), escape);
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

std::string fit_json(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    for (size_t at = 0; at < json.size();) {
        const auto plain_end = std::find_if(json.begin() + static_cast<std::ptrdiff_t>(at), json.end(),
                                            [](char c) { return static_cast<unsigned char>(c) >= 0x7f; });
        out.append(json.begin() + static_cast<std::ptrdiff_t>(at), plain_end);
        at = static_cast<size_t>(plain_end - json.begin());
        if (at == json.size()) break;
        const char32_t c = audit::next_code_point(json, at);
        char code[16];
        if (!is_hidden(c)) {
            audit::append_utf8(out, c);
            continue;
        }
        const auto number = static_cast<unsigned>(c);
        if (number <= 0xffff) {
            std::snprintf(code, sizeof code, "\\u%04x", number);
        } else {  // a pair of surrogates
            const unsigned rest = number - 0x10000;
            std::snprintf(code, sizeof code, "\\u%04x\\u%04x", 0xd800 + (rest >> 10),
                          0xdc00 + (rest & 0x3ff));
        }
        out += code;
    }
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

std::string capital(std::string_view text) {
    return upper(text.substr(0, 1)).append(text.substr(std::min<size_t>(text.size(), 1)));
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
