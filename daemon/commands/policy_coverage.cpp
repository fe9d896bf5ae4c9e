#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "core/finding/text.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/policy_commands.h"
#include "daemon/config/config.h"
#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/coverage/coverage.h"
#include "detectors/crd/config.h"
#include "detectors/secrets/config.h"
#include "rules/loader.h"

namespace redshank {

namespace json = boost::json;
using coverage::State;
using coverage::Unit;

namespace {

std::vector<Unit> cover(const PolicyOptions& options) {
    const audit::policy::Policy policy = require_policy(options.file, options.kubernetes);
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    const auto rules = rules::load_rules(config.detectors.of<by_rule::Config>().sources);
    std::vector<Unit> units = coverage::cover(policy, rules->rules());
    const auto is_off = [&](std::string_view detector) {
        return (detector == "secret_exposure" && !config.detectors.of<secrets::Config>().enabled) ||
               (detector == "unusual_access" && !config.detectors.of<access::Config>().enabled) ||
               (detector == "crd_health" && !config.detectors.of<crd::Config>().enabled);
    };
    bool skips = false;  // the kinds of a detector follow it
    std::erase_if(units, [&](const Unit& unit) {
        if (unit.unit == "detector") skips = is_off(unit.name);
        return skips;
    });
    return units;
}

// Rules that are fed are only counted.
void print_text(const std::vector<Unit>& units) {
    constexpr const char* kRow = "{:<8}  {:<34}  {:<6}  {:>4}  {}\n";
    fmt::print(kRow, "UNIT", "NAME", "STATE", "LINE", "WHY");
    std::array<size_t, 4> rules{};
    for (const Unit& unit : units) {
        if (unit.unit == "rule") ++rules[static_cast<size_t>(unit.state)];
        if (unit.unit == "rule" && unit.state == State::Fed) continue;
        fmt::print(kRow, unit.unit, fit_exact(unit.name, 60), to_string(unit.state),
                   unit.line == 0 ? "" : std::to_string(unit.line), fit_exact(unit.why, 300));
    }
    fmt::print("Rules: {} fed, {} late, {} partly, {} blind.\n", rules[0], rules[1], rules[2], rules[3]);
}

void print_json(const std::vector<Unit>& units) {
    for (const Unit& unit : units) {
        fmt::print("{}\n", json::serialize(json::object{
                               {"unit", unit.unit},
                               {"name", unit.name},
                               {"state", std::string(to_string(unit.state))},
                               {"missing", json::array(unit.missing.begin(), unit.missing.end())},
                               {"line", unit.line},
                               {"why", unit.why}}));
    }
}

}  // namespace

int cover_policy(const PolicyOptions& options) {
    const std::vector<Unit> units = cover(options);
    if (options.format == OutputFormat::Json) {
        print_json(units);
    } else {
        print_text(units);
    }
    const bool is_blind =
        std::any_of(units.begin(), units.end(), [](const Unit& unit) { return unit.state == State::Blind; });
    return is_blind ? kFound : kDone;
}

}  // namespace redshank
