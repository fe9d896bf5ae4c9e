#pragma once

#include <string>
#include <vector>

#include "audit/time.h"
#include "core/finding/finding.h"

namespace redshank {
class ConfigTable;
}

namespace redshank::secrets {

// [[detectors.secret_exposure.protect]]
struct ProtectedSecrets {
    std::vector<std::string> secrets;  // "namespace/name" globs
    std::vector<std::string> readers;  // user names, or "group:NAME"
    Severity severity = Severity::Critical;
};

// Whether Secrets that no `protect` entry names are judged by the grant that opened them.
enum class ByGrant : uint8_t {
    Auto,  // only while there is no protect entry: then all Secrets count as important
    Always,
    Never,
};

// [detectors.secret_exposure]
struct Config {
    bool enabled = true;
    std::vector<std::string> seed_rbac;  // files: output of kubectl get clusterroles,… -A -o json
    std::vector<ProtectedSecrets> protect;
    ByGrant by_grant = ByGrant::Auto;
    audit::Duration settle = std::chrono::hours{24};  // during this time nothing is doubtful for being new
};

void read(ConfigTable& table, Config& config);

}  // namespace redshank::secrets
