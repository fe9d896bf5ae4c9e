// The native condition language, as docs/rules.md describes it:
//
//   verb = "create" and objectRef.resource in ("pods", "deployments") and not actor.builtin
//   any change.rules[*] has (.resources = "pods/exec" and .verbs in ("get", "*"))
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "rules/condition.h"

namespace redshank::rules {

// A syntax error: `at` is the byte of the text at which it was found.
class ConditionError : public std::runtime_error {
  public:
    ConditionError(size_t byte, const std::string& what) : std::runtime_error(what), at(byte) {}
    const size_t at;
};

// Conditions by name, for `@name`.
using Definitions = std::map<std::string, ConditionPtr, std::less<>>;

// Throws ConditionError. Nesting is limited to 100.
ConditionPtr parse_condition(std::string_view text, const Definitions* definitions = nullptr);
// Parses a condition for Definitions. It may use .FIELD of an item; it can then be referred to only inside of
// has (…).
ConditionPtr parse_definition(std::string_view text, const Definitions& definitions);

// The text as a literal of the language, in double quotes.
std::string in_rule_quotes(std::string_view text);

}  // namespace redshank::rules
