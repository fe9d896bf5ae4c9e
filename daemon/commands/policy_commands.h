// The code that the subcommands of `redshank policy` share.
#pragma once

#include <string>
#include <vector>

#include "daemon/commands/options.h"
#include "daemon/sources/policy_file.h"

namespace redshank {

struct PolicyOptions {
    std::string file, config;
    std::string compare;  // a well-known policy or a file; "": none
    std::vector<std::string> logs;
    int kubernetes = audit::policy::kNewestKubernetes;
    OutputFormat format = OutputFormat::Text;
};

int simulate_policy(const PolicyOptions& options);
int cover_policy(const PolicyOptions& options);
int suggest_policy(const PolicyOptions& options);

}  // namespace redshank
