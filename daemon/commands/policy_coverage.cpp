#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>

#include "audit/policy/request.h"
#include "core/finding/text.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/policy_commands.h"
#include "daemon/config/config.h"
#include "daemon/questions/log_events.h"
#include "detectors/by_rule/config.h"
#include "detectors/coverage/coverage.h"
#include "rules/loader.h"

namespace redshank {

namespace json = boost::json;
using coverage::State;
using coverage::Unit;

namespace {

// What of a log each rule of the policy (by line; 0: none matches) keeps out: the most that a fix adds.
struct Volume {
    uint64_t events = 0, bytes = 0;
};
using Volumes = std::map<size_t, Volume>;

Volumes kept_out(const PolicyOptions& options, const audit::policy::Policy& policy) {
    Volumes volumes;
    if (options.logs.empty()) return volumes;
    each_event(options.logs, "", [&](const LogEvent& one) {
        const audit::policy::Decision decision = decide(policy, audit::policy::request_of(one.event));
        if (decision.keeps(one.event.stage)) return;
        Volume& volume = volumes[decision.line()];
        ++volume.events;
        volume.bytes += one.line.text.size() + 1;
    });
    return volumes;
}

std::vector<Unit> cover(const PolicyOptions& options, const audit::policy::Policy& policy) {
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    const auto rules = rules::load_rules(config.detectors.of<by_rule::Config>().sources);
    return coverage::cover(policy, rules->rules(), coverage::enabled(config.detectors));
}

// Rules that are fed are only counted.
void print_text(const std::vector<Unit>& units, const PolicyOptions& options, const Volumes& volumes) {
    constexpr const char* kRow = "{:<8}  {:<34}  {:<6}  {:>4}  {}\n";
    fmt::print(kRow, "UNIT", "NAME", "STATE", "LINE", "WHY");
    std::array<size_t, 4> rules{};
    for (const Unit& unit : units) {
        if (unit.unit == "rule") ++rules[static_cast<size_t>(unit.state)];
        if (unit.unit == "rule" && unit.state == State::Fed) continue;
        fmt::print(kRow, unit.unit, fit_exact(unit.name, 60), to_string(unit.state),
                   unit.line == 0 ? "" : std::to_string(unit.line), fit_exact(unit.why, 300));
    }
    for (const auto& [line, volume] : volumes) {
        fmt::print("{} keeps {} {} ({:.1f} MB) out of this log: a fix adds at most so much.\n",
                   line == 0 ? "The lack of a rule that matches" : fmt::format("Line {}", line),
                   volume.events, volume.events == 1 ? "event" : "events",
                   static_cast<double>(volume.bytes) / 1e6);
    }
    if (!options.logs.empty() && volumes.empty())
        fmt::print("The policy keeps no event out of this log: a fix adds bodies at most.\n");
    fmt::print("Rules: {} fed, {} late, {} partly, {} blind.\n", rules[0], rules[1], rules[2], rules[3]);
}

void print_json(const std::vector<Unit>& units, const PolicyOptions& options, const Volumes& volumes) {
    for (const Unit& unit : units) {
        json::object row{{"unit", unit.unit},
                         {"name", unit.name},
                         {"state", std::string(to_string(unit.state))},
                         {"missing", json::array(unit.missing.begin(), unit.missing.end())},
                         {"line", unit.line},
                         {"why", unit.why}};
        if (!options.logs.empty() && unit.state != State::Fed) {
            const auto at = volumes.find(unit.line);
            const Volume volume = at == volumes.end() ? Volume{} : at->second;
            row["fix_adds"] = json::object{{"events", volume.events}, {"bytes", volume.bytes}};
        }
        fmt::print("{}\n", json::serialize(row));
    }
}

}  // namespace

int cover_policy(const PolicyOptions& options) {
    const audit::policy::Policy policy = require_policy(options.file, options.kubernetes);
    const std::vector<Unit> units = cover(options, policy);
    const Volumes volumes = kept_out(options, policy);
    if (options.format == OutputFormat::Json) {
        print_json(units, options, volumes);
    } else {
        print_text(units, options, volumes);
    }
    const bool is_blind =
        std::any_of(units.begin(), units.end(), [](const Unit& unit) { return unit.state == State::Blind; });
    return is_blind ? kFound : kDone;
}

}  // namespace redshank
