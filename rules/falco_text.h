// The tokens of Falco's condition language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redshank::rules {

bool is_falco_blank(char c);
// Reads [+-]1, 1.5, 1e+3 or 0x1f. False when the text is no number.
bool read_falco_number(const std::string& text, double& number);
// Removes a quoted text from the front of `rest` and returns it without quotes. `problem` stays empty on
// success.
std::string read_falco_quoted(std::string_view& rest, std::string& problem);
// Removes a word without quotes from the front of `rest` and returns it; it may be empty.
std::string read_falco_bare(std::string_view& rest);

// The values of one item of a list. Falco pastes items into conditions as they are, so quotes inside an item
// are not part of its value, and a comma splits it in two.
std::vector<std::string> falco_list_item(const std::string& item);
// The item as Falco pastes it into a condition.
std::string falco_pasted(const std::string& item);

// Whether an operator takes a list in parentheses: in, intersects, pmatch, and operators followed by oneof,
// anyof or allof.
bool is_falco_set_operator(std::string_view words);

}  // namespace redshank::rules
