// Texts of several lines, such as findings and incidents, on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace redshank {

// `width` is at least 10. Each line that is wider is wrapped, what goes on indented as the line is and two
// further. The words CRITICAL, HIGH, MEDIUM, LOW and RESOLVED get their colour in lines that are not
// indented: what was written there by somebody else may only be coloured. Nothing is left out.
std::string for_terminal(std::string_view text, size_t width);

// Of the terminal that standard output is, at most 100; 100 when it is none.
size_t stdout_width();

// for_terminal() at most 100 columns wide when standard output is a terminal, else the text as it is.
std::string for_stdout(std::string_view text);

}  // namespace redshank
