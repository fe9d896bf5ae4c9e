// Patterns such as payments/db-*: * stands for any text, ? for one byte. The one matcher of the whole
// program.
#pragma once

#include <string_view>

namespace redshank::audit {

struct GlobStyle {
    bool ignore_case = false;  // of ASCII letters
    bool escapes = false;      // \ takes the next byte as it is
    bool brackets = false;     // [a-z], [!a-z] and [[:alpha:]], as fnmatch(3) has them
};

// Time is bounded by the product of both lengths, whatever the pattern; but with `brackets`, each [ is read
// to its end again at each byte, which for one without an end is the end of the pattern: let no event bring
// such patterns.
bool glob_match(std::string_view pattern, std::string_view text, GlobStyle style = {});

}  // namespace redshank::audit
