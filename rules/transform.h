// What Falco can do to the values of a field before they are compared or shown.
#pragma once

#include <vector>

#include "rules/context.h"

namespace redshank::rules {

enum class Transform : uint8_t {
    Lower,
    Upper,
    Basename,    // what stands behind the last /
    Base64,      // decoded; the field is absent when it is none
    Length,      // of each text, in bytes
    Count,       // how many values there are
    Repository,  // of an image: without tag and digest, as Falco cuts it
};

void apply(const std::vector<Transform>& transforms, Context& context, Values& values);

}  // namespace redshank::rules
