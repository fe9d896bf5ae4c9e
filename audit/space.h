// White space as JSON has it, and ASCII's digits.
#pragma once

#include <string_view>

namespace redshank::audit {

inline bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline std::string_view trim_end(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace redshank::audit
