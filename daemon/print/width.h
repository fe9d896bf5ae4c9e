// How wide text stands on a terminal, counted in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace redshank {

// Of text without control characters: 2 for a wide character (CJK, emoji), 0 for one that joins the one
// before.
size_t display_width(std::string_view text);

// $COLUMNS, else the width of the terminal on standard output, else 100; at least 40.
size_t terminal_width();

// Lines of at most `width` columns, at least one. Breaks at spaces; a longer word behind '/', ':', '-' and
// the like, else anywhere between characters. Nothing but the spaces at the breaks is left out.
std::vector<std::string> wrap(std::string_view text, size_t width);

}  // namespace redshank
