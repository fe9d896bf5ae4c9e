// Finds secrets that a policy lets the API server write into the log.
#pragma once

#include <vector>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

struct Leak {
    Place place;  // of the rule
    std::string
        resource;  // "secrets", "serviceaccounts/token", "machineconfigs.machineconfiguration.openshift.io"
    Level level = Level::None;
    std::string what;  // a clause for a sentence
};

// In the order of the rules. A rule counts for a resource when it is the first match for some request on it.
std::vector<Leak> leaks(const Policy& policy);

}  // namespace redshank::audit::policy
