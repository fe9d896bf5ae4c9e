#pragma once

#include <memory>

#include "detectors/detector.h"
#include "detectors/secrets/config.h"

namespace redshank::secrets {

// Did someone access an important Secret while it was not protected? docs/secrets.md has the definitions.
std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::secrets
