// What a policy writes into the log that must not be there.
#pragma once

#include <vector>

#include "audit/policy/policy.h"

namespace redshank::audit::policy {

struct Leak {
    Place place;  // of the rule
    std::string
        resource;  // "secrets", "serviceaccounts/token", "machineconfigs.machineconfiguration.openshift.io"
    Level level = Level::None;
    std::string what;  // a clause
};

// In the order of the rules. A rule counts for a resource when it is the first for some request on it.
std::vector<Leak> leaks(const Policy& policy);

}  // namespace redshank::audit::policy
