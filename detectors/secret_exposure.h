#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detectors/detector.h"

namespace redshank {

// [[detectors.secret_exposure.protect]]
struct ProtectedSecrets {
    std::vector<std::string> secrets;  // "namespace/name" globs
    std::vector<std::string> readers;  // user names, or "group:NAME"
    Severity severity = Severity::Critical;
};

// [detectors.secret_exposure]
struct SecretExposureConfig {
    bool enabled = true;
    std::vector<std::string> seed_rbac;  // files: output of kubectl get clusterroles,… -A -o json
    std::vector<ProtectedSecrets> protect;
};

std::unique_ptr<Detector> make_secret_exposure(const SecretExposureConfig& config);

}  // namespace redshank
