// Decodes the values of a document into a Policy, field by field, as encoding/json does. Used by load.cpp.
#pragma once

#include "audit/policy/document.h"
#include "audit/policy/load.h"

namespace redshank::audit::policy {

struct Decoded {
    Policy policy;
    std::vector<Problem> unknown;       // unknown keys, in the order in which the server finds them
    std::vector<Problem> doubled;       // keys that occur twice
    std::optional<Problem> wrong_type;  // the first value of a wrong type
};

// Keys of a YAML map are visited in alphabetical order, since the server converts YAML to JSON first.
Decoded decode(const Document& document, int kubernetes);

// Validates as apiserver pkg/apis/audit/validation/validation.go does; returns all errors in its order.
std::vector<Problem> validate(const Policy& policy);

}  // namespace redshank::audit::policy
