#include "daemon/questions/rules.h"

#include "daemon/config/config.h"

namespace redshank {

std::shared_ptr<const rules::RuleSet> rules_of(const RulesFilter& filter) {
    if (!filter.files.empty()) return rules::load_rules({.packs = {}, .files = filter.files, .disable = {}});
    if (!filter.config.empty()) return rules::load_rules(load_config(filter.config).detectors.rules);
    return rules::load_rules(DetectorConfig{}.rules);
}

}  // namespace redshank
