#pragma once

#include <memory>
#include <vector>

#include "detectors/access/detector.h"
#include "detectors/by_rule/detector.h"
#include "detectors/crd/detector.h"
#include "detectors/detector.h"
#include "detectors/secrets/detector.h"

namespace redshank {

// What the [detectors] tables of the configuration say. Each detector's part is in its own header.
struct DetectorConfig {
    secrets::Config secret_exposure;
    access::Config unusual_access;
    crd::Config crd_health;
    rules::RuleSources rules{.packs = {"kubernetes"}, .files = {}, .disable = {}};
    // Those rules, when they were read already; else the files are read when they are needed.
    std::shared_ptr<const rules::RuleSet> loaded_rules;
    bool keep_all_evidence = false;
};

// The enabled detectors, in the order in which they see each event.
std::vector<std::unique_ptr<Detector>> make_detectors(const DetectorConfig& config);

}  // namespace redshank
