#include "detectors/registry.h"

#include "detectors/source/detector.h"

namespace redshank {

std::vector<std::unique_ptr<Detector>> make_detectors(const DetectorConfig& config) {
    std::vector<std::unique_ptr<Detector>> detectors;
    if (config.secret_exposure.enabled) detectors.push_back(secrets::make_detector(config.secret_exposure));
    if (config.unusual_access.enabled) detectors.push_back(access::make_detector(config.unusual_access));
    if (config.crd_health.enabled) detectors.push_back(crd::make_detector(config.crd_health));
    detectors.push_back(make_source_truncated());
    detectors.push_back(by_rule::make_detector(config));
    return detectors;
}

}  // namespace redshank
