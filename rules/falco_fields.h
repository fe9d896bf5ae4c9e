// The fields of Falco's k8saudit and json plugins, mapped to native fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace redshank::rules {

struct FalcoField {
    Field field;
    bool is_list = false;
    bool is_number = false;             // otherwise values are compared as text, as the plugin does
    std::vector<Transform> transforms;  // first those that the field implies, then those of the rule
    std::string warning;                // why the field never has a value; "" when it can have one

    // Adds a transformer of the rule. False, with `problem`, when it does not apply to this field.
    bool transform(Transform by, std::string& problem);
};

// Reads a name and an optional [argument] from the front of `text` and removes them. False, with `problem`,
// for a field that is unknown or that an audit event cannot have.
bool read_falco_field(std::string_view& text, FalcoField& out, std::string& problem);

// The length of the name at the front of `text`: [a-zA-Z][a-zA-Z0-9_]*, several joined by dots.
size_t falco_name_length(std::string_view text);

}  // namespace redshank::rules
