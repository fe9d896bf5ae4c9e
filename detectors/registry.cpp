#include "detectors/registry.h"

#include "detectors/source_truncated.h"

namespace redshank {

std::vector<std::unique_ptr<Detector>> make_detectors(const DetectorConfig& config) {
    std::vector<std::unique_ptr<Detector>> detectors;
    if (config.secret_exposure.enabled) detectors.push_back(make_secret_exposure(config.secret_exposure));
    if (config.unusual_access.enabled) detectors.push_back(make_unusual_access(config.unusual_access));
    if (config.crd_health.enabled) detectors.push_back(make_crd_health(config.crd_health));
    detectors.push_back(make_source_truncated());
    detectors.push_back(make_rule_detector(config));
    return detectors;
}

}  // namespace redshank
