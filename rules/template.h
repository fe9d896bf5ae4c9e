// The sentence of a finding, with fields in braces: "{user.username} opened a shell in {objectRef.name}".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/fields.h"

namespace redshank::rules {

// What stands for a value that must not be shown.
inline constexpr std::string_view kRedacted = "[redacted]";

class Template {
  public:
    // Throws ConditionError (a byte of the text, what is wrong). "{{" stands for a brace.
    static Template parse(std::string_view text);

    void add(std::string_view text);
    void add(Field field) { parts_.push_back({.field = std::move(field)}); }
    bool empty() const { return parts_.empty(); }

    // `missing` stands for a field without a value. Values are cut and freed of control characters; query
    // strings, exec arguments and all of a body but well-known harmless keys are redacted.
    std::string render(Context& context, std::string_view missing = "-") const;

  private:
    struct Part {
        std::string text;
        Field field;  // when its entry is set
    };
    std::vector<Part> parts_;
};

// A value of the field as it may be shown.
std::string shown(Context& context, const Field& field, std::string_view missing);

}  // namespace redshank::rules
