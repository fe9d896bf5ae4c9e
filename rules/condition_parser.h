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

// What is wrong, and at which byte of the text.
class ConditionError : public std::runtime_error {
  public:
    ConditionError(size_t byte, const std::string& what) : std::runtime_error(what), at(byte) {}
    const size_t at;
};

// Conditions by name, for `@name`.
using Definitions = std::map<std::string, ConditionPtr, std::less<>>;

// Throws ConditionError. Nesting is limited to 100.
ConditionPtr parse_condition(std::string_view text, const Definitions* definitions = nullptr);
// One for Definitions: it may ask for .FIELD of an item, and then stands inside of has (…) only.
ConditionPtr parse_definition(std::string_view text, const Definitions& definitions);

}  // namespace redshank::rules
