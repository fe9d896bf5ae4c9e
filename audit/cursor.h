// Walks over the text of one line that is written without blanks, as Go's encoding/json writes it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "audit/arena.h"

namespace redshank::audit {

// As many bytes as are looked at in one step. Looking at 16 instead of one takes a tenth of the instructions
// for a text.
#if defined(__SSE2__)
class Block {
  public:
    static constexpr size_t kSize = 16;
    explicit Block(const char* at) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}
    void store(char* to) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes_); }
    // One bit for each byte, the lowest for the first, that is not plain: a quote, a backslash, a control
    // character or a part of a character outside of ASCII. As signed numbers, both of the latter are below a
    // blank; the sign of the difference is the bit.
    unsigned special() const {
        const __m128i quotes = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('"'));
        const __m128i backslashes = _mm_cmpeq_epi8(bytes_, _mm_set1_epi8('\\'));
        const __m128i below = _mm_subs_epi8(bytes_, _mm_set1_epi8(' '));
        return static_cast<unsigned>(
            _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), below)));
    }

  private:
    __m128i bytes_;
};
#else
class Block {
  public:
    static constexpr size_t kSize = 8;
    explicit Block(const char* at) { std::memcpy(bytes_.data(), at, kSize); }
    void store(char* to) const { std::memcpy(to, bytes_.data(), kSize); }
    unsigned special() const {
        unsigned found = 0;
        for (size_t i = 0; i < kSize; ++i) {
            const auto byte = static_cast<signed char>(bytes_[i]);
            found |= static_cast<unsigned>(byte < ' ' || byte == '"' || byte == '\\') << i;
        }
        return found;
    }

  private:
    std::array<char, kSize> bytes_;
};
#endif

// Whether `kSize` bytes are equal. GCC calls memcmp for some constant sizes; this never does.
template <size_t kSize>
bool same_bytes(const char* a, const char* b) {
    const auto equal = [&](auto word, size_t at) {
        auto other = word;
        std::memcpy(&word, a + at, sizeof word);
        std::memcpy(&other, b + at, sizeof other);
        return word == other;
    };
    if constexpr (kSize > 16) {
        return equal(uint64_t{}, 0) && same_bytes<kSize - 8>(a + 8, b + 8);
    } else if constexpr (kSize >= 8) {
        return equal(uint64_t{}, 0) && equal(uint64_t{}, kSize - 8);
    } else if constexpr (kSize >= 4) {
        return equal(uint32_t{}, 0) && equal(uint32_t{}, kSize - 4);
    } else {
        static_assert(kSize <= 2);
        return a[0] == b[0] && a[kSize - 1] == b[kSize - 1];
    }
}

// Every function reads what is expected next and passes over it, or returns false at anything else; then the
// position stays or is that of the trouble. No position is behind the end of the line, but up to a Block
// after it is read.
class Cursor {
  public:
    explicit Cursor(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

    bool at_end() const { return at_ == end_; }
    std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
    void skip(size_t bytes) { at_ += bytes; }
    // Of the longest text so far, as it is written.
    size_t longest() const { return longest_; }

    template <size_t N>
    bool take(const char (&expected)[N]) {
        constexpr size_t kSize = N - 1;
        if (rest().size() < kSize || !same_bytes<kSize>(at_, expected)) return false;
        at_ += kSize;
        return true;
    }

    // The text behind an opening quote, which has only plain bytes (see Block), and the quote that ends it.
    bool plain(std::string_view& out) {
        const char* stop = at_;
        unsigned special = 0;
        for (; stop < end_ && (special = Block(stop).special()) == 0;) stop += Block::kSize;
        if (stop >= end_) return false;
        stop += std::countr_zero(special);
        if (stop >= end_ || *stop != '"') return false;
        ended(stop, out);
        return true;
    }

    // The same with the escapes that Go writes for printable characters. A text that has some is copied.
    bool text(std::string_view& out, Arena& copies) { return plain(out) || escaped(out, copies); }

    // A number of 1 to 6 digits.
    bool number(int& out) {
        if (*at_ < '1' || *at_ > '9') return false;
        const char* const most = std::min(end_, at_ + 6);
        for (out = 0; at_ < most && *at_ >= '0' && *at_ <= '9'; ++at_) out = out * 10 + (*at_ - '0');
        return true;
    }

    // What follows a field: a comma and the next key, whose quote stays, or the brace that ends the object.
    bool next() {
        if (rest().size() < 2) return false;
        if (at_[0] == ',' && at_[1] == '"') {
            ++at_;
            return true;
        }
        return at_[0] == '}';
    }

  private:
    static constexpr size_t kMostEscaped = 4096;  // bytes of a text with escapes

    void ended(const char* quote, std::string_view& out) {
        out = {at_, static_cast<size_t>(quote - at_)};
        longest_ = std::max(longest_, out.size());
        at_ = quote + 1;
    }

    // The character that the escape at `at` stands for, and its size; 0 for another escape.
    static char unescaped(const char* at, size_t& size) {
        size = 2;
        if (at[1] == '"' || at[1] == '\\') return at[1];
        size = 6;
        if (same_bytes<6>(at, "\\u0026")) return '&';
        if (same_bytes<6>(at, "\\u003c")) return '<';
        if (same_bytes<6>(at, "\\u003e")) return '>';
        return 0;
    }

    bool escaped(std::string_view& out, Arena& copies) {
        std::array<char, kMostEscaped + 2 * Block::kSize> copy;
        char* to = copy.data();
        for (const char* from = at_; from < end_ && from < at_ + kMostEscaped;) {
            const Block block(from);
            block.store(to);
            const unsigned special = block.special();
            const auto plain = special == 0 ? Block::kSize : static_cast<size_t>(std::countr_zero(special));
            from += plain;
            to += plain;
            if (special == 0) continue;
            if (from >= end_) return false;
            if (*from == '"') {
                ended(from, out);
                out = copies.copy({copy.data(), static_cast<size_t>(to - copy.data())});
                return true;
            }
            size_t size = 0;
            if (*from != '\\' || (*to++ = unescaped(from, size)) == 0) return false;
            from += size;
        }
        return false;
    }

    const char* at_;
    const char* end_;
    size_t longest_ = 0;
};

}  // namespace redshank::audit
