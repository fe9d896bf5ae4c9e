// Falco's condition language (libsinsp's filters), for the fields of an audit event.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/template.h"

namespace redshank::rules {

// What conditions refer to by name.
struct FalcoNames {
    // The macro's condition; throws ConditionError when there is none.
    std::function<ConditionPtr(std::string_view name, size_t at)> macro;
    // The values of a list, or null.
    std::function<const std::vector<std::string>*(std::string_view name)> list;
};

// Throws ConditionError.
ConditionPtr parse_falco_condition(std::string_view text, const FalcoNames& names);

// The values of an item of a list. Falco pastes items into conditions as they are, so that quotes inside of
// one are not part of the value, and a comma makes two of it.
std::vector<std::string> falco_list_item(const std::string& item);

// The item as Falco pastes it into a condition.
std::string falco_pasted(const std::string& item);

// "text %ka.user.name text". Throws ConditionError.
Template parse_falco_output(std::string_view text);

}  // namespace redshank::rules
