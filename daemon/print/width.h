// The width of text on a terminal, in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace redshank {

// For text without control characters: 2 for a wide character (CJK, emoji), 0 for one that combines with the
// one before.
size_t display_width(std::string_view text);

// $COLUMNS, else the width of the terminal on standard output, else 100; at least 40.
size_t terminal_width();

// Returns lines of at most `width` columns, at least one. Breaks at spaces; a longer word after '/', ':', '-'
// and the like, otherwise between any characters. Only the spaces at the breaks are omitted.
std::vector<std::string> wrap(std::string_view text, size_t width);

}  // namespace redshank
