// Patterns such as payments/db-*: * matches any text, ? matches one byte. The only matcher in the program.
#pragma once

#include <string_view>

namespace redshank::audit {

struct GlobStyle {
    bool ignore_case = false;  // for ASCII letters
    bool escapes = false;      // \ makes the next byte literal
    bool brackets = false;     // [a-z], [!a-z] and [[:alpha:]], as in fnmatch(3)
};

// Time is bounded by the product of both lengths. With `brackets`, however, each [ is read to its end again
// for every byte, and an unclosed [ to the end of the pattern: never take such patterns from an event.
bool glob_match(std::string_view pattern, std::string_view text, GlobStyle style = {});

}  // namespace redshank::audit
