#include <algorithm>

#include "detectors/access/config.h"
#include "detectors/coverage/coverage.h"
#include "detectors/crd/config.h"
#include "detectors/secrets/config.h"

namespace redshank::coverage {

Enabled enabled(const DetectorConfig& config) {
    Enabled names{"rule"};
    if (config.of<secrets::Config>().enabled) names.insert("secret_exposure");
    if (config.of<access::Config>().enabled) names.insert("unusual_access");
    if (config.of<crd::Config>().enabled) names.insert("crd_health");
    return names;
}

std::vector<Unit> cover(const audit::policy::Policy& policy, const std::vector<rules::RulePtr>& rules,
                        const Enabled& enabled) {
    std::vector<Unit> units = cover(policy, rules);
    bool skips = false;  // the kinds of a detector follow it
    std::erase_if(units, [&](const Unit& unit) {
        if (unit.unit == "detector") skips = !enabled.contains(unit.name);
        return skips;
    });
    return units;
}

}  // namespace redshank::coverage
