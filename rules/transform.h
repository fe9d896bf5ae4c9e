// Falco's transformers, applied to the values of a field before they are compared or shown.
#pragma once

#include <vector>

#include "rules/context.h"

namespace redshank::rules {

enum class Transform : uint8_t {
    Lower,
    Upper,
    Basename,    // the part after the last /
    Base64,      // decoded; the field is absent when a value is no base64
    Length,      // of each text, in bytes
    Count,       // the number of values
    Repository,  // of an image: without tag and digest, cut as Falco does
};

void apply(const std::vector<Transform>& transforms, Context& context, Values& values);

}  // namespace redshank::rules
