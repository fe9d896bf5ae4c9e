#include "tests/support/unicode.h"

#include <array>

namespace redshank::test {

namespace {

constexpr std::array<std::string_view, 20> kPieces{"<!channel>",
                                                   "<!here>",
                                                   "<@U012AB3CD>",
                                                   "<http://evil.example|click>",
                                                   "@everyone",
                                                   "`",
                                                   "```",
                                                   "*",
                                                   "_",
                                                   "~",
                                                   "[x](http://evil.example)",
                                                   "\n",
                                                   "\r\n",
                                                   "\"",
                                                   "\\",
                                                   "<at>All</at>",
                                                   "&",
                                                   "\u202e",
                                                   "\xff",
                                                   "http://evil.example"};

std::string utf8(uint32_t c) {
    const auto byte = [](uint32_t bits) { return static_cast<char>(bits); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xc0 | (c >> 6)), byte(0x80 | (c & 0x3f))};
    if (c < 0x10000) return {byte(0xe0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3f)), byte(0x80 | (c & 0x3f))};
    return {byte(0xf0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3f)), byte(0x80 | ((c >> 6) & 0x3f)),
            byte(0x80 | (c & 0x3f))};
}

}  // namespace

std::string random_text(std::mt19937_64& random, size_t pieces) {
    const auto below = [&](uint64_t limit) { return random() % limit; };
    std::string out;
    for (size_t left = below(pieces + 1); left > 0; --left) {
        switch (below(4)) {
            case 0:
                out += kPieces[below(kPieces.size())];
                break;
            case 1:
                out += utf8(static_cast<uint32_t>(below(0x110000)));
                break;  // includes surrogates, which are not valid UTF-8
            case 2:
                out += static_cast<char>(below(256));
                break;
            default:
                out += static_cast<char>('a' + below(26));
        }
    }
    return out;
}

bool is_utf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const size_t length = lead < 0x80                     ? 1
                              : (lead >= 0xc2 && lead < 0xe0) ? 2
                              : (lead >> 4) == 14             ? 3
                              : (lead >= 0xf0 && lead < 0xf5) ? 4
                                                              : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (size_t k = 1; k < length; ++k) {
            if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
        }
        if (lead == 0xed && static_cast<unsigned char>(text[i + 1]) >= 0xa0) return false;
        i += length;
    }
    return true;
}

}  // namespace redshank::test
