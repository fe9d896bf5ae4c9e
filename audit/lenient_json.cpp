#include "audit/lenient_json.h"

#include <charconv>
#include <optional>

namespace redshank::audit {

namespace {

constexpr size_t kEscape = 6;  // "\ud83d"
constexpr size_t kMostDigits = 18;

// The code unit of the escape at the front of `text`.
std::optional<unsigned> code_unit(std::string_view text) {
    if (text.size() < kEscape || text[0] != '\\' || text[1] != 'u') return std::nullopt;
    unsigned unit = 0;
    const char* end = text.data() + kEscape;
    const auto [stopped, error] = std::from_chars(text.data() + 2, end, unit, 16);
    return error == std::errc{} && stopped == end ? std::optional(unit) : std::nullopt;
}

bool is_high(std::optional<unsigned> unit) {
    return unit && *unit >= 0xd800 && *unit < 0xdc00;
}

bool is_low(std::optional<unsigned> unit) {
    return unit && *unit >= 0xdc00 && *unit < 0xe000;
}

// Moves the escape at the front of `text` to `out`.
void take_escape(std::string_view& text, std::string& out) {
    const auto unit = code_unit(text);
    size_t size = unit ? kEscape : 2;
    if (is_high(unit) && is_low(code_unit(text.substr(kEscape)))) {
        size = 2 * kEscape;
    } else if (is_high(unit) || is_low(unit)) {
        out += "\\ufffd";
        text.remove_prefix(kEscape);
        return;
    }
    out += text.substr(0, size);
    text.remove_prefix(std::min(size, text.size()));
}

// Moves the number at the front of `text` to `out`.
void take_number(std::string_view& text, std::string& out) {
    const std::string_view number = text.substr(0, text.find_first_not_of("+-.0123456789eE"));
    const bool is_integer = number.find_first_of(".eE") == number.npos;
    out += number;
    if (is_integer && number.size() > kMostDigits) out += "e0";
    text.remove_prefix(number.size());
}

}  // namespace

std::string lenient_json(std::string_view json) {
    std::string out;
    out.reserve(json.size() + json.size() / 8);
    bool in_string = false;
    while (!json.empty()) {
        const char c = json.front();
        if (in_string && c == '\\') {
            take_escape(json, out);
        } else if (!in_string && (c == '-' || (c >= '0' && c <= '9'))) {
            take_number(json, out);
        } else {
            if (c == '"') in_string = !in_string;
            out += c;
            json.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace redshank::audit
