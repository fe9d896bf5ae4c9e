#pragma once

#include <string>
#include <vector>

#include "audit/time.h"
#include "detectors/crd/outcome.h"

namespace redshank {
class ConfigTable;
}

namespace redshank::crd {

struct ResourceKey;

enum class Level : uint8_t { None, Degraded, Failing };
std::string_view to_string(Level level);

// Fires while the error budget burns at `rate` times the allowed speed in both windows.
struct BurnWindow {
    audit::Duration long_window, short_window;
    double rate;
    Level level = Level::Failing;
};
std::vector<BurnWindow> default_burn_windows();

// Bits of OutcomeClass: the classes that are faults.
uint32_t default_spending();

// The settings that may differ by resource.
struct Settings {
    double objective = 0.99;    // share of valid requests that must not fail
    uint64_t min_failures = 5;  // for a page; see docs/crd-health.md for what needs fewer
    audit::Duration grace = std::chrono::minutes{10};  // to become ready after a CRD was created
    audit::Duration slow = std::chrono::seconds{1};    // a request that takes longer is slow
    uint32_t spending = default_spending();            // outcome classes that spend the budget, as bits
    std::vector<BurnWindow> burn = default_burn_windows();

    bool spends(OutcomeClass outcome) const { return (spending >> static_cast<unsigned>(outcome)) & 1U; }
    double budget() const { return 1 - objective; }  // share of requests that may fail
};

// [[detectors.crd_health.override]]: keys that are omitted have the value of the general table.
struct Override {
    std::vector<std::string> resources;  // globs over "widgets.example.com"
    Settings settings;
};

// [detectors.crd_health]
struct Config {
    bool enabled = true;
    std::vector<std::string> resources;  // more custom resources, "widgets.example.com"
    bool whole_log = false;              // the sources hold the log of every API server of the cluster
    Settings general;
    std::vector<Override> overrides;

    // The settings of the first override whose glob matches, or the general ones.
    const Settings& of(const ResourceKey& key) const;
};

void read(ConfigTable& table, Config& config);

}  // namespace redshank::crd
