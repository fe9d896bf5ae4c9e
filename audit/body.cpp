#include "audit/body.h"

#include <simdjson.h>

#include <bit>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "audit/cursor.h"

namespace redshank::audit {

namespace {

constexpr size_t kStep = 64;
constexpr size_t kDeepest = 1'000;

// Where certain bytes are among 64: the lowest bit stands for the first.
struct Places {
    uint64_t quotes = 0, backslashes = 0, opening = 0, closing = 0;
    bool has_control = false, is_ascii = true;
};

// One byte after the other: 0.7 GB/s.
struct Plain {
    static Places places(const char* at) {
        Places found;
        for (size_t i = 0; i < kStep; ++i) {
            const auto byte = static_cast<signed char>(at[i]);
            const uint64_t here = uint64_t{1} << i;
            if (byte == '"') found.quotes |= here;
            if (byte == '\\') found.backslashes |= here;
            if (byte == '{' || byte == '[') found.opening |= here;
            if (byte == '}' || byte == ']') found.closing |= here;
            found.has_control |= byte >= 0 && byte < ' ';
            found.is_ascii &= byte >= 0;
        }
        return found;
    }
    // The bits from each odd one of `bits` to the next, that one not included.
    static uint64_t between_pairs(uint64_t bits) {
        for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
        return bits;
    }
};

#if defined(__x86_64__)
// Compiled for what has_wide_steps() asks for, whatever the rest is compiled for.
#define REDSHANK_WIDE [[gnu::target("avx2,pclmul,popcnt")]]

// 32 bytes at once: 7 GB/s.
struct Wide {
    REDSHANK_WIDE static Places places(const char* at) {
        Places found;
        __m256i control = _mm256_setzero_si256(), all = _mm256_setzero_si256();
        for (size_t i = 0; i < kStep; i += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + i));
            const __m256i braces = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));  // makes [ a { and ] a }
            found.quotes |= equal(bytes, '"') << i;
            found.backslashes |= equal(bytes, '\\') << i;
            found.opening |= equal(braces, '{') << i;
            found.closing |= equal(braces, '}') << i;
            // The sign tells: of what is left below a blank, what is not below zero is a control character.
            const __m256i below = _mm256_subs_epi8(bytes, _mm256_set1_epi8(' '));
            control = _mm256_or_si256(control, _mm256_andnot_si256(bytes, below));
            all = _mm256_or_si256(all, bytes);
        }
        found.has_control = _mm256_movemask_epi8(control) != 0;
        found.is_ascii = _mm256_movemask_epi8(all) == 0;
        return found;
    }
    REDSHANK_WIDE static uint64_t equal(__m256i bytes, char byte) {
        return static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte))));
    }
    // A product without carries by all ones: 4 instructions instead of 18.
    REDSHANK_WIDE static uint64_t between_pairs(uint64_t bits) {
        const __m128i ones = _mm_set1_epi8(-1);
        const __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<int64_t>(bits)), ones, 0);
        return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
    }
};
#endif

class Strings {
  public:
    // The quotes of the step that begin or end a string.
    uint64_t ends(const Places& found) { return found.quotes & ~escaped(found.backslashes); }
    // The bytes of the step that are in strings, from those that are between two of its quotes.
    uint64_t inside(uint64_t between) {
        uint64_t inside = between;
        inside ^= is_open_ ? ~uint64_t{0} : 0;
        is_open_ = (inside >> 63) != 0;
        return inside;
    }

  private:
    uint64_t escaped(uint64_t backslashes) {
        uint64_t escaped = is_escaped_ ? 1 : 0;
        const uint64_t next = backslashes << 1;
        if ((backslashes & (next | escaped)) == 0) {  // no two side by side: each escapes what follows
            is_escaped_ = (backslashes >> 63) != 0;
            return escaped | next;
        }
        backslashes &= ~escaped;
        is_escaped_ = false;
        while (backslashes != 0) {
            const int at = std::countr_zero(backslashes);
            is_escaped_ = at == 63;
            if (is_escaped_) break;
            escaped |= uint64_t{2} << at;
            backslashes &= ~(uint64_t{3} << at);
        }
        return escaped;
    }

    bool is_open_ = false;     // the step ended in a string
    bool is_escaped_ = false;  // the step ended with a backslash that escapes the next byte
};

// Of the first key and the first value, simdjson wants to know more than of the rest: a key and a colon, a
// value, and no colon behind it. Otherwise it takes another bracket for the last one.
bool begins_well(std::string_view text) {
    Cursor line(text);
    std::string_view part;
    if (line.take("{}") || line.take("[]")) return true;
    if (line.take("{")) {
        if (!line.take("\"") || !line.plain(part) || !line.take(":")) return false;
    } else if (!line.take("[")) {
        return false;
    }
    if (line.take("\"")) return line.plain(part) && (line.take(",") || line.take("}") || line.take("]"));
    static constexpr std::string_view kValues = "{[-0123456789tfn";
    return !line.at_end() && kValues.find(line.rest().front()) != kValues.npos;
}

// Looks at 64 bytes in each step by Bytes::places().
template <class Bytes>
[[gnu::always_inline]] inline size_t walk(std::string_view text) {
    if (!begins_well(text)) return 0;
    Strings strings;
    size_t depth = 1;
    bool is_ascii = true;
    for (size_t at = 0; at < text.size(); at += kStep) {
        const Places found = Bytes::places(text.data() + at);
        if (found.has_control) return 0;
        const uint64_t outside = ~strings.inside(Bytes::between_pairs(strings.ends(found)));
        uint64_t opening = found.opening & outside, closing = found.closing & outside;
        is_ascii &= found.is_ascii;
        if (at == 0) opening &= ~uint64_t{1};  // counted as the first level
        // {} changes nothing, and is half of all brackets in managedFields.
        const uint64_t empty = opening & (closing >> 1);
        opening &= ~empty;
        closing &= ~(empty << 1);
        // Most steps cannot close the first bracket: then it is enough to count.
        const auto closes = static_cast<size_t>(std::popcount(closing));
        if (depth > closes) {
            depth += static_cast<size_t>(std::popcount(opening)) - closes;
            if (depth > kDeepest) return 0;
            continue;
        }
        for (uint64_t both = opening | closing; both != 0; both &= both - 1) {
            const uint64_t one = both & (~both + 1);
            if ((opening & one) != 0) {
                ++depth;
            } else if (--depth == 0) {
                const size_t size = at + static_cast<size_t>(std::countr_zero(one)) + 1;
                if (size > text.size()) return 0;
                return is_ascii || simdjson::validate_utf8(text.data(), size) ? size : 0;
            }
        }
    }
    return 0;
}

#if defined(__x86_64__)
REDSHANK_WIDE size_t walk_wide(std::string_view text) {
    return walk<Wide>(text);
}
#endif

}  // namespace

bool has_wide_steps() {
#if defined(__x86_64__)
    static const bool has = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("pclmul") != 0 &&
                            __builtin_cpu_supports("popcnt") != 0;
    return has;
#else
    return false;
#endif
}

size_t body_size(std::string_view text, [[maybe_unused]] bool wide) {
#if defined(__x86_64__)
    if (wide) return walk_wide(text);
#endif
    return walk<Plain>(text);
}

}  // namespace redshank::audit
