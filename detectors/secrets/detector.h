#pragma once

#include <memory>

#include "detectors/detector.h"
#include "detectors/secrets/config.h"

namespace redshank::secrets {

// Finds accesses to important Secrets while they were unprotected. docs/secrets.md has the definitions.
std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::secrets
