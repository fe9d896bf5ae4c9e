#pragma once

#include <memory>

#include "detectors/detector.h"
#include "detectors/detector_config.h"

namespace redshank::visibility {

// Kind audit-blind of detector "source": the log cannot show what detectors are asked to find. Known from the
// policy that the configuration names, else learnt from what comes. Also the metric redshank_visibility, and
// the row that commands put beside their answers (row.h).
std::unique_ptr<Detector> make_detector(const DetectorConfig& config);

}  // namespace redshank::visibility
