// Falco's condition language (libsinsp's filters), for the fields of an audit event.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"
#include "rules/template.h"

namespace redshank::rules {

// How a condition resolves the names of macros and lists.
struct FalcoNames {
    // The macro's condition; throws ConditionError when there is none.
    std::function<ConditionPtr(std::string_view name, size_t at)> macro;
    // The values of a list, or null.
    std::function<const std::vector<std::string>*(std::string_view name)> list;
    // Called for what is probably a mistake but no error; may be empty.
    std::function<void(const std::string& what)> warn = nullptr;
};

// Throws ConditionError.
ConditionPtr parse_falco_condition(std::string_view text, const FalcoNames& names);

// Parses an output such as "text %ka.user.name text". Throws ConditionError.
Template parse_falco_output(std::string_view text);

}  // namespace redshank::rules
