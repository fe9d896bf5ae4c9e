#include "audit/body.h"

#include <simdjson.h>

#include <bit>
#include <cstdint>
#if defined(__SSE2__)
#include <emmintrin.h>
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

#if defined(__SSE2__)
Places places(const char* at) {
    Places found;
    __m128i control = _mm_setzero_si128(), all = _mm_setzero_si128();
    for (size_t i = 0; i < kStep; i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
        const auto equal = [i](__m128i some, char byte) {
            return static_cast<uint64_t>(
                       static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(some, _mm_set1_epi8(byte)))))
                   << i;
        };
        const __m128i braces = _mm_or_si128(bytes, _mm_set1_epi8(0x20));  // makes [ a { and ] a }
        found.quotes |= equal(bytes, '"');
        found.backslashes |= equal(bytes, '\\');
        found.opening |= equal(braces, '{');
        found.closing |= equal(braces, '}');
        // The sign tells: of what is left below a blank, what is not below zero is a control character.
        const __m128i below = _mm_subs_epi8(bytes, _mm_set1_epi8(' '));
        control = _mm_or_si128(control, _mm_andnot_si128(bytes, below));
        all = _mm_or_si128(all, bytes);
    }
    found.has_control = _mm_movemask_epi8(control) != 0;
    found.is_ascii = _mm_movemask_epi8(all) == 0;
    return found;
}
#else
Places places(const char* at) {
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
#endif

class Strings {
  public:
    // The bytes of the step that are in strings.
    uint64_t inside(const Places& found) {
        uint64_t inside = found.quotes & ~escaped(found.backslashes);
        for (int shift = 1; shift < 64; shift *= 2)
            inside ^= inside << shift;  // of each two quotes, from one to the other
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

}  // namespace

size_t body_size(std::string_view text) {
    if (!begins_well(text)) return 0;
    Strings strings;
    size_t depth = 1;
    bool is_ascii = true;
    for (size_t at = 0; at < text.size(); at += kStep) {
        const Places found = places(text.data() + at);
        if (found.has_control) return 0;
        const uint64_t outside = ~strings.inside(found);
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

}  // namespace redshank::audit
