// From the values of a document to a Policy, field by field, as encoding/json does it. For load.cpp.
#pragma once

#include "audit/policy/document.h"
#include "audit/policy/load.h"

namespace redshank::audit::policy {

struct Decoded {
    Policy policy;
    std::vector<Problem> unknown;       // keys, in the order in which the server finds them
    std::vector<Problem> doubled;       // keys
    std::optional<Problem> wrong_type;  // the first
};

// Keys of a YAML map are looked at in the order of the alphabet, since the server makes JSON of them first.
Decoded decode(const Document& document, int kubernetes);

// Validation (apiserver pkg/apis/audit/validation/validation.go): everything that is wrong, in its order.
std::vector<Problem> validate(const Policy& policy);

}  // namespace redshank::audit::policy
