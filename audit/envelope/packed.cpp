#include "audit/envelope/packed.h"

#include <zlib.h>

#include <array>
#include <memory>

namespace redshank::audit {

namespace {

constexpr std::array<signed char, 256> kSextets = [] {
    std::array<signed char, 256> all{};
    for (signed char& value : all) value = -1;
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < kAlphabet.size(); ++i)
        all[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
    return all;
}();

std::optional<std::string> from_base64(std::string_view data) {
    while (!data.empty() && data.back() == '=') data.remove_suffix(1);
    if (data.size() % 4 == 1) return std::nullopt;
    std::string out;
    out.reserve(data.size() * 3 / 4);
    unsigned bits = 0;
    int held = 0;
    for (const char c : data) {
        const int value = kSextets[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = bits << 6 | static_cast<unsigned>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>(bits >> held & 0xff);
    }
    return out;
}

struct EndInflate {
    void operator()(z_stream* stream) const { inflateEnd(stream); }
};

// Several members in a row are one text.
std::optional<std::string> from_gzip(std::string& packed) {
    constexpr int kGzip = 16 + MAX_WBITS;
    z_stream stream{};
    if (inflateInit2(&stream, kGzip) != Z_OK) return std::nullopt;
    const std::unique_ptr<z_stream, EndInflate> end(&stream);
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string out;
    std::array<char, size_t{64} << 10> piece;
    for (;;) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = piece.size();
        const int result = inflate(&stream, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END) return std::nullopt;
        out.append(piece.data(), piece.size() - stream.avail_out);
        if (out.size() > kMostUnpacked) return std::nullopt;
        if (result != Z_STREAM_END) continue;
        if (stream.avail_in == 0) return out;
        if (inflateReset(&stream) != Z_OK) return std::nullopt;
    }
}

}  // namespace

std::optional<std::string> unpacked(std::string_view data) {
    if (data.size() > 2 * kMostUnpacked) return std::nullopt;
    std::optional<std::string> text = from_base64(data);
    if (text && text->starts_with("\x1f\x8b")) return from_gzip(*text);
    return text;
}

}  // namespace redshank::audit
