#pragma once

#include <memory>

#include "detectors/crd/config.h"
#include "detectors/detector.h"

namespace redshank::crd {

std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::crd
