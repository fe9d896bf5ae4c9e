#include "audit/utf8.h"

#include <simdjson.h>

namespace redshank::audit {

namespace {

constexpr char32_t kBroken = 0xfffd;

}  // namespace

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

std::string valid_utf8(std::string text) {
    if (simdjson::validate_utf8(text)) return text;
    std::string out;
    out.reserve(text.size() + text.size() / 2);
    for (size_t at = 0; at < text.size();) append_utf8(out, next_code_point(text, at));
    return out;
}

std::string_view cut_utf8(std::string_view text, size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

}  // namespace redshank::audit
