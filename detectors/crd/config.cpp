#include "detectors/crd/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fnmatch.h>

#include "core/config/sense.h"
#include "core/config/table.h"
#include "detectors/crd/resource.h"

namespace redshank::crd {

namespace {

uint32_t bit_of(OutcomeClass outcome) {
    return 1U << static_cast<unsigned>(outcome);
}

void read_spend(ConfigTable& table, uint32_t& spending) {
    std::vector<std::string> words;
    table.read("spend", words);
    if (!words.empty()) spending = 0;
    for (const std::string& word : words) {
        OutcomeClass outcome{};
        if (parse_outcome(word, outcome) && outcome != OutcomeClass::Ok) {
            spending |= bit_of(outcome);
            continue;
        }
        std::vector<std::string_view> allowed;
        for (size_t i = 1; i < kOutcomeClasses; ++i) {
            allowed.push_back(to_string(static_cast<OutcomeClass>(i)));
        }
        table.error("spend",
                    fmt::format("'{}' is no class of failures; allowed: {}", word, fmt::join(allowed, ", ")));
    }
}

void read_burn(ConfigTable& table, BurnWindow& window) {
    table.read("long", window.long_window, std::chrono::minutes{1}, Windows::kLongest);
    table.read("short", window.short_window, std::chrono::minutes{1}, Windows::kLongest);
    table.read("rate", window.rate, 0.1, 1000);
    table.read_choice("level", window.level, {{"failing", Level::Failing}, {"degraded", Level::Degraded}});
    if (window.short_window > window.long_window) table.error("short", "must not be longer than 'long'");
}

void read_settings(ConfigTable& table, Settings& settings) {
    table.read("objective", settings.objective, 0.5, 0.99999);
    table.read("min_failures", settings.min_failures, 2, 1'000'000);
    table.read("grace", settings.grace);
    table.read("slow", settings.slow, std::chrono::milliseconds{1});
    read_spend(table, settings.spending);
    if (table.has("burn")) settings.burn.clear();
    table.tables("burn", [&](ConfigTable& entry) {
        BurnWindow window = default_burn_windows().front();
        read_burn(entry, window);
        settings.burn.push_back(window);
    });
}

}  // namespace

uint32_t default_spending() {
    uint32_t bits = 0;
    for (size_t i = 0; i < kOutcomeClasses; ++i) {
        const auto outcome = static_cast<OutcomeClass>(i);
        if (meaning_of(outcome) == Meaning::Fault) bits |= bit_of(outcome);
    }
    return bits;
}

void read(ConfigTable& table, Config& config) {
    table.read("enabled", config.enabled);
    read_names(table, "resources", config.resources);
    table.read("whole_log", config.whole_log);
    read_settings(table, config.general);
    table.tables("override", [&](ConfigTable& entry) {
        Override given{.resources = {}, .settings = config.general};
        read_names(entry, "resources", given.resources);
        if (given.resources.empty()) {
            entry.error("resources",
                        R"(names no resource; for example ["widgets.example.com", "*.acme.io"])");
        }
        read_settings(entry, given.settings);
        config.overrides.push_back(std::move(given));
    });
}

const Settings& Config::of(const ResourceKey& key) const {
    if (overrides.empty()) return general;
    const std::string name = key.name();
    for (const Override& given : overrides) {
        for (const std::string& glob : given.resources) {
            if (fnmatch(glob.c_str(), name.c_str(), FNM_NOESCAPE) == 0) return given.settings;
        }
    }
    return general;
}

}  // namespace redshank::crd
