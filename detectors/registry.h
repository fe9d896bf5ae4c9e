#pragma once

#include <memory>
#include <vector>

#include "core/config/table.h"
#include "detectors/detector.h"
#include "detectors/detector_config.h"

namespace redshank {

// Reads [detectors] and the tables in it, and [rules].
void read_detectors(ConfigTable& root, DetectorConfig& config);

// The enabled detectors, in the order in which they see each event. Reads the files that the configuration
// names. Throws ConfigError or rules::RuleError.
std::vector<std::unique_ptr<Detector>> make_detectors(const DetectorConfig& config);

}  // namespace redshank
