#pragma once

#include <map>
#include <memory>
#include <string>

#include "audit/policy/policy.h"

namespace redshank::visibility {

// The audit policies that the configuration names ([[source]] policy), read as the API server reads them.
struct Config {
    struct Known {
        std::string file;
        std::string id;  // of its text: another text is another policy
        std::shared_ptr<const audit::policy::Policy> policy;
    };
    std::map<std::string, Known, std::less<>> policies;  // by cluster
};

}  // namespace redshank::visibility
