#include "core/log.h"
#include "daemon/config/config.h"
#include "detectors/by_rule/config.h"
#include "rules/loader.h"

namespace redshank {

void load_rules(DetectorConfig& config) {
    auto& rules = config.of<by_rule::Config>();
    rules.loaded = rules::load_rules(rules.sources);
    for (const std::string& warning : rules.loaded->warnings()) log_warning("{}", warning);
    for (const std::string& warning : by_rule::idle_patterns(rules)) log_warning("{}", warning);
}

}  // namespace redshank
