#include "core/log.h"
#include "daemon/config/config.h"
#include "detectors/by_rule/config.h"
#include "rules/loader.h"

namespace redshank {

size_t load_rules(DetectorConfig& config) {
    auto& rules = config.of<by_rule::Config>();
    rules.loaded = rules::load_rules(rules.sources);
    std::vector<std::string> warnings = rules.loaded->warnings();
    for (std::string& warning : by_rule::idle_patterns(rules)) warnings.push_back(std::move(warning));
    for (const std::string& warning : warnings) log_warning("{}", warning);
    return warnings.size();
}

}  // namespace redshank
