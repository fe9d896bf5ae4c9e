#include "daemon/questions/rules.h"

#include "daemon/config/config.h"
#include "detectors/by_rule/config.h"

namespace redshank {

std::shared_ptr<const rules::RuleSet> rules_of(const RulesFilter& filter) {
    if (!filter.files.empty()) return rules::load_rules({.packs = {}, .files = filter.files, .disable = {}});
    const DetectorConfig config =
        filter.config.empty() ? DetectorConfig{} : load_config(filter.config).detectors;
    return rules::load_rules(config.of<by_rule::Config>().sources);
}

}  // namespace redshank
