// What the configuration says about one resource, with the overrides that name it.
#pragma once

#include <string>
#include <vector>

#include "detectors/crd/resource.h"
#include "detectors/crd/slo.h"

namespace redshank::crd {

struct Config;

struct Settings {
    SloSettings slo;
    audit::Duration grace = std::chrono::minutes{10};
    audit::Duration slow = std::chrono::seconds{1};
    uint32_t spending = 0;  // bits of OutcomeClass

    bool spends(OutcomeClass outcome) const { return (spending >> static_cast<unsigned>(outcome)) & 1U; }
};

class SettingsTable {
  public:
    explicit SettingsTable(const Config& config);

    // Those of the first override with a glob that matches, else the general ones.
    const Settings& of(const ResourceKey& key) const;

  private:
    struct Overridden {
        std::vector<std::string> globs;
        Settings settings;
    };
    Settings general_;
    std::vector<Overridden> overrides_;
};

}  // namespace redshank::crd
