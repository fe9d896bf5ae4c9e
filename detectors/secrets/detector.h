#pragma once

#include <memory>
#include <string>
#include <vector>

#include "detectors/detector.h"
#include "detectors/secrets/judgement.h"

namespace redshank::secrets {

// [detectors.secret_exposure]
struct Config {
    bool enabled = true;
    std::vector<std::string> seed_rbac;  // files: output of kubectl get clusterroles,… -A -o json
    std::vector<ProtectedSecrets> protect;
    ByGrant by_grant = ByGrant::Auto;
    audit::Duration settle = std::chrono::hours{24};  // how long nothing is doubted for being new
};

// Did someone access an important Secret while it was not protected? docs/secrets.md has the definitions.
std::unique_ptr<Detector> make_detector(const Config& config);

}  // namespace redshank::secrets
