#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audit/normalise/source.h"
#include "rules/loader.h"

namespace redshank {
class ConfigTable;
}

namespace redshank::by_rule {

// [rules]
struct Config {
    rules::RuleSources sources;
    // Rules that were read already; otherwise the files are read when they are needed.
    std::shared_ptr<const rules::RuleSet> loaded;
    // Public addresses of the cluster itself (nodes, egress), which rules about foreign addresses exclude.
    std::vector<std::string> own_networks;

    std::vector<audit::Network> networks() const;
};

void read(ConfigTable& table, Config& config);

// Patterns that match no file, which is allowed: a folder of rules may be empty. One text each, with its
// place.
std::vector<std::string> idle_patterns(const Config& config);

}  // namespace redshank::by_rule
