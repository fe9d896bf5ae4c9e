// The words of Falco's condition language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::rules {

bool is_falco_blank(char c);
// [+-]1, 1.5, 1e+3 or 0x1f. False when the text is none.
bool read_falco_number(const std::string& text, double& number);
// A text in quotes at the front of `rest`, without them; removes it. Empty `problem`: fine.
std::string read_falco_quoted(std::string_view& rest, std::string& problem);
// A word without quotes at the front of `rest`, maybe empty; removes it.
std::string read_falco_bare(std::string_view& rest);

// The values of an item of a list. Falco pastes items into conditions as they are, so that quotes inside of
// one are not part of the value, and a comma makes two of it.
std::vector<std::string> falco_list_item(const std::string& item);
// The item as Falco pastes it into a condition.
std::string falco_pasted(const std::string& item);

// Whether an operator takes a list in parentheses: in, intersects, pmatch, and those with oneof, anyof or
// allof behind them.
bool is_falco_set_operator(std::string_view words);

}  // namespace redshank::rules
