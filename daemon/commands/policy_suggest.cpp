#include <fmt/format.h>

#include "daemon/commands/commands.h"
#include "daemon/commands/policy_commands.h"
#include "daemon/config/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/coverage/suggest.h"
#include "rules/loader.h"

namespace redshank {

int suggest_policy(const PolicyOptions& options) {
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    const auto rules = rules::load_rules(config.detectors.of<by_rule::Config>().sources);
    fmt::print("{}", coverage::suggest(rules->rules(), options.kubernetes));
    return kDone;
}

}  // namespace redshank
