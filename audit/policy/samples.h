// Well-known policies, to compare with: samples/policies, embedded in the program.
#pragma once

#include <span>
#include <string_view>

namespace redshank::audit::policy {

struct Sample {
    std::string_view name, text;  // "gke", YAML
};
// By name.
std::span<const Sample> samples();

}  // namespace redshank::audit::policy
