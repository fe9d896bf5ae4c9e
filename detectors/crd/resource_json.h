// A Resource as a row of the table crd_health.resource, and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "detectors/crd/resource.h"

namespace redshank::crd {

inline constexpr std::string_view kResourceTable = "crd_health.resource";

std::string to_json(const Resource& resource);
// Nothing when the text is not such a row.
std::optional<Resource> resource_from_json(std::string_view text);

}  // namespace redshank::crd
