// The sentence of a finding, with fields in braces: "{user.username} opened a shell in {objectRef.name}".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/fields.h"
#include "rules/transform.h"

namespace redshank::rules {

// Written in place of a value that must not be shown.
inline constexpr std::string_view kRedacted = "[redacted]";

class Template {
  public:
    // Throws ConditionError with the byte at which the text is wrong. "{{" is a literal brace.
    static Template parse(std::string_view text);

    void add(std::string_view text);
    // A field and the form in which its values are written.
    struct Shown {
        Field field;
        std::vector<Transform> transforms;
        bool is_list = false;  // in Falco's form: (a,b)
        size_t width = 0;      // in characters: values are cut or padded to it; 0: unchanged
    };
    void add(Shown shown) { parts_.push_back({.text = {}, .shown = std::move(shown)}); }
    void add(Field field) { add(Shown{.field = std::move(field), .transforms = {}}); }
    bool empty() const { return parts_.empty(); }

    // `missing` is written for a field without a value. Values are cut and control characters removed. Query
    // strings, exec arguments and all parts of a body except well-known harmless keys are redacted.
    std::string render(Context& context, std::string_view missing = "(unknown)") const;

  private:
    struct Part {
        std::string text;
        Shown shown;  // used when its field has an entry
    };
    std::vector<Part> parts_;
};

// The field's values, redacted as above.
std::string shown(Context& context, const Template::Shown& what, std::string_view missing);

}  // namespace redshank::rules
