// When did X last access the cluster, and is what X does unusual for X? docs/unusual-access.md tells how it
// decides.
#pragma once

#include <memory>
#include <string_view>

#include "detectors/access/config.h"
#include "detectors/detector.h"

namespace redshank::access {

// Whether `disable` may name this kind of finding.
bool is_kind(std::string_view kind);

std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::access
