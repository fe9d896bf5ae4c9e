#pragma once

#include <memory>
#include <vector>

#include "detectors/crd_health.h"
#include "detectors/detector.h"
#include "detectors/rule_detector.h"
#include "detectors/secret_exposure.h"
#include "detectors/unusual_access.h"

namespace redshank {

// What the [detectors] tables of the configuration say. Each detector's part is in its own header.
struct DetectorConfig {
    SecretExposureConfig secret_exposure;
    UnusualAccessConfig unusual_access;
    CrdHealthConfig crd_health;
    RulesConfig rules{.packs = {"kubernetes"}, .files = {}, .disable = {}};
    // Those rules, when they were read already; else the files are read when they are needed.
    std::shared_ptr<const rules::RuleSet> loaded_rules;
    bool keep_all_evidence = false;
};

// The enabled detectors, in the order in which they see each event.
std::vector<std::unique_ptr<Detector>> make_detectors(const DetectorConfig& config);

}  // namespace redshank
