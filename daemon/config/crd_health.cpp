#include <fmt/format.h>

#include "daemon/config/readers.h"
#include "detectors/crd/outcome.h"

namespace redshank {

namespace {

void read_spend(TomlTable& table, std::vector<std::string>& spend) {
    table.read("spend", spend);
    for (const std::string& word : spend) {
        crd::OutcomeClass outcome{};
        if (!crd::parse_outcome(word, outcome) || outcome == crd::OutcomeClass::Ok) {
            std::string allowed;
            for (size_t i = 1; i < crd::kOutcomeClasses; ++i) {
                if (i > 1) allowed += ", ";
                allowed += to_string(static_cast<crd::OutcomeClass>(i));
            }
            table.error("spend", fmt::format("'{}' is no class of failures; allowed: {}", word, allowed));
        }
    }
}

void read_burn(TomlTable& table, crd::BurnWindow& window) {
    table.read("long", window.long_window);
    table.read("short", window.short_window);
    table.read("rate", window.rate, 0.1, 1000);
    std::string level = "failing";
    table.read("level", level, {"failing", "degraded"});
    window.level = level == "failing" ? crd::Level::Failing : crd::Level::Degraded;
    if (window.long_window > crd::Windows::kLongest) table.error("long", "must be 3d at most");
    if (window.short_window < std::chrono::minutes{1}) table.error("short", "must be 1m at least");
    if (window.short_window > window.long_window) table.error("short", "must not be longer than 'long'");
}

void read_burns(TomlTable& table, std::vector<crd::BurnWindow>& burn) {
    if (table.has("burn")) burn.clear();
    table.tables("burn", [&](TomlTable& entry) {
        crd::BurnWindow window{std::chrono::hours{1}, std::chrono::minutes{5}, 14.4};
        read_burn(entry, window);
        burn.push_back(window);
    });
}

void read_override(TomlTable& table, crd::Override& config, const crd::Config& general) {
    table.read("resources", config.resources);
    if (config.resources.empty())
        table.error("resources", "names no resource; for example [\"widgets.example.com\", \"*.acme.io\"]");
    double objective = general.objective;
    table.read("objective", objective, 0.5, 0.99999);
    if (table.has("objective")) config.objective = objective;
    int64_t min_failures = general.min_failures;
    table.read("min_failures", min_failures, 2, 1'000'000);
    if (table.has("min_failures")) config.min_failures = min_failures;
    audit::Duration grace = general.grace, slow = general.slow;
    table.read("grace", grace);
    if (table.has("grace")) config.grace = grace;
    table.read("slow", slow);
    if (table.has("slow")) config.slow = slow;
    read_spend(table, config.spend);
    read_burns(table, config.burn);
}

}  // namespace

void read_crd_health(TomlTable& table, crd::Config& config) {
    table.read("enabled", config.enabled);
    table.read("objective", config.objective, 0.5, 0.99999);
    table.read("resources", config.resources);
    table.read("min_failures", config.min_failures, 2, 1'000'000);
    table.read("grace", config.grace);
    table.read("slow", config.slow);
    read_spend(table, config.spend);
    read_burns(table, config.burn);
    table.tables("override", [&](TomlTable& entry) {
        crd::Override given;
        read_override(entry, given, config);
        config.overrides.push_back(std::move(given));
    });
}

}  // namespace redshank
