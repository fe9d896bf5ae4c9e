// The sentence of a finding, with fields in braces: "{user.username} opened a shell in {objectRef.name}".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/fields.h"
#include "rules/transform.h"

namespace redshank::rules {

// What stands for a value that must not be shown.
inline constexpr std::string_view kRedacted = "[redacted]";

class Template {
  public:
    // Throws ConditionError (a byte of the text, what is wrong). "{{" stands for a brace.
    static Template parse(std::string_view text);

    void add(std::string_view text);
    // A field, and how its values are written.
    struct Shown {
        Field field;
        std::vector<Transform> transforms;
        bool is_list = false;  // as Falco does: (a,b)
        size_t width = 0;      // in characters: cut or filled up with blanks; 0: as it is
    };
    void add(Shown shown) { parts_.push_back({.text = {}, .shown = std::move(shown)}); }
    void add(Field field) { add(Shown{.field = std::move(field), .transforms = {}}); }
    bool empty() const { return parts_.empty(); }

    // `missing` stands for a field without a value. Values are cut and freed of control characters; query
    // strings, exec arguments and all of a body but well-known harmless keys are redacted.
    std::string render(Context& context, std::string_view missing = "-") const;

  private:
    struct Part {
        std::string text;
        Shown shown;  // when its field has an entry
    };
    std::vector<Part> parts_;
};

// The field's values as they may be shown.
std::string shown(Context& context, const Template::Shown& what, std::string_view missing);

}  // namespace redshank::rules
