#pragma once

#include <chrono>

#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/engine.h"
#include "detectors/secrets/config.h"
#include "rules/loader.h"

namespace redshank::test {

// A configuration in which every detector finds something: everything is protected, and models stop learning
// early. The rules are read once, which is most of what an engine costs: tests make many.
inline DetectorConfig eager() {
    static const auto rules = rules::load_rules(by_rule::Config{}.sources);
    DetectorConfig config;
    config.of<secrets::Config>().protect.push_back({.secrets = {"*/*"}});
    config.of<access::Config>().learning = std::chrono::seconds{20};
    config.of<access::Config>().budget_per_day = 50;
    config.of<by_rule::Config>().loaded = rules;
    return config;
}

}  // namespace redshank::test
