#include "detectors/crd/settings.h"

#include <fnmatch.h>

#include "detectors/crd/detector.h"

namespace redshank::crd {

namespace {

uint32_t bit_of(OutcomeClass outcome) {
    return 1U << static_cast<unsigned>(outcome);
}

uint32_t default_spending() {
    uint32_t bits = 0;
    for (size_t i = 0; i < kOutcomeClasses; ++i) {
        const auto outcome = static_cast<OutcomeClass>(i);
        if (meaning_of(outcome) == Meaning::Fault) bits |= bit_of(outcome);
    }
    return bits;
}

// Words that are no class were refused when the configuration was read.
uint32_t spending_of(const std::vector<std::string>& words) {
    if (words.empty()) return default_spending();
    uint32_t bits = 0;
    for (const std::string& word : words) {
        OutcomeClass outcome{};
        if (parse_outcome(word, outcome)) bits |= bit_of(outcome);
    }
    return bits;
}

}  // namespace

SettingsTable::SettingsTable(const Config& config) {
    general_.slo = {config.objective, static_cast<uint64_t>(config.min_failures), config.burn};
    general_.grace = config.grace;
    general_.slow = config.slow;
    general_.spending = spending_of(config.spend);
    for (const Override& given : config.overrides) {
        Settings settings = general_;
        settings.slo.objective = given.objective.value_or(config.objective);
        settings.slo.min_failures = static_cast<uint64_t>(given.min_failures.value_or(config.min_failures));
        if (!given.burn.empty()) settings.slo.burn = given.burn;
        settings.grace = given.grace.value_or(config.grace);
        settings.slow = given.slow.value_or(config.slow);
        if (!given.spend.empty()) settings.spending = spending_of(given.spend);
        overrides_.push_back({given.resources, settings});
    }
}

const Settings& SettingsTable::of(const ResourceKey& key) const {
    if (overrides_.empty()) return general_;
    const std::string name = key.name();
    for (const Overridden& given : overrides_) {
        for (const std::string& glob : given.globs) {
            if (fnmatch(glob.c_str(), name.c_str(), FNM_NOESCAPE) == 0) return given.settings;
        }
    }
    return general_;
}

}  // namespace redshank::crd
