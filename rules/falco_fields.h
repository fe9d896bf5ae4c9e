// The fields of Falco's k8saudit and json plugins, as fields of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/condition.h"

namespace redshank::rules {

struct FalcoField {
    Field field;
    bool is_list = false;
    bool is_number = false;             // else values are compared as text, as the plugin does
    std::vector<Transform> transforms;  // those of the field's meaning, then those of the rule
    std::string warning;                // why it can never be there; "" when it can

    // Adds one of the rule's. False, with `problem`, when it cannot be.
    bool transform(Transform by, std::string& problem);
};

// Reads a name and maybe [an argument] from the front of `text` and removes it. False, with `problem`, for a
// field that is unknown or cannot be had from an audit event.
bool read_falco_field(std::string_view& text, FalcoField& out, std::string& problem);

// The length of a name at the front: [a-zA-Z][a-zA-Z0-9_]*, several joined by dots.
size_t falco_name_length(std::string_view text);

}  // namespace redshank::rules
