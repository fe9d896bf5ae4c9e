#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/policy/leaks.h"
#include "audit/policy/samples.h"
#include "core/config/error.h"
#include "core/finding/text.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/policy_commands.h"
#include "daemon/config/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/coverage/coverage.h"
#include "detectors/coverage/suggest.h"
#include "rules/loader.h"

namespace redshank {

namespace json = boost::json;
namespace policy = audit::policy;
using coverage::Unit;

namespace {

policy::Policy suggested(const std::string& text, int kubernetes) {
    policy::Loaded loaded = policy::load(text, kubernetes);
    if (!loaded.policy) throw std::logic_error("the suggested policy cannot be loaded");
    return std::move(*loaded.policy);
}

// A name of samples/policies, or a file.
policy::Policy named(const PolicyOptions& options) {
    std::vector<std::string_view> names;
    for (const policy::Sample& sample : policy::samples()) {
        names.push_back(sample.name);
        if (sample.name != options.compare) continue;
        policy::Loaded loaded = policy::load(sample.text, options.kubernetes);
        if (!loaded.policy)
            throw ConfigError(fmt::format("{}: {}", sample.name, policy::server_line(loaded, sample.name)));
        return std::move(*loaded.policy);
    }
    const bool is_path = options.compare.find_first_of("/.") != std::string::npos;
    if (is_path) return require_policy(options.compare, options.kubernetes);
    throw ConfigError(fmt::format("--compare: '{}' is neither a file (write ./{}) nor one of {}",
                                  fit_exact(options.compare, 100), fit_exact(options.compare, 100),
                                  fmt::join(names, ", ")));
}

// What both policies show of one unit.
struct Pair {
    const Unit& ours;
    const Unit& theirs;
};

std::vector<Pair> differing(const std::vector<Unit>& ours, const std::vector<Unit>& theirs) {
    std::vector<Pair> out;  // both are of the same units, in the same order
    for (size_t i = 0; i < ours.size(); ++i) {
        if (ours[i].state != theirs[i].state || ours[i].missing != theirs[i].missing)
            out.push_back({ours[i], theirs[i]});
    }
    return out;
}

// What the other policy writes into the log and the suggested one does not.
std::vector<policy::Leak> leaks_beside(const policy::Policy& ours, const policy::Policy& theirs) {
    const std::vector<policy::Leak> known = policy::leaks(ours);
    std::vector<policy::Leak> out = policy::leaks(theirs);
    std::erase_if(out, [&](const policy::Leak& leak) {
        return std::any_of(known.begin(), known.end(), [&](const policy::Leak& one) {
            return one.resource == leak.resource && one.what == leak.what;
        });
    });
    return out;
}

void print_text(const std::vector<Pair>& pairs, const std::vector<policy::Leak>& leaks,
                const std::string& name) {
    constexpr const char* kRow = "{:<8}  {:<34}  {:<9}  {:<9}  {:>4}  {}\n";
    if (pairs.empty()) {
        fmt::print("{} shows what the suggested policy shows.\n", name);
    } else {
        fmt::print(kRow, "UNIT", "NAME", "SUGGESTED", "COMPARED", "LINE", "WHY");
    }
    for (const auto& [ours, theirs] : pairs) {
        fmt::print(
            kRow, ours.unit, fit_exact(ours.name, 60), to_string(ours.state), to_string(theirs.state),
            theirs.line == 0 ? "" : std::to_string(theirs.line),
            fit_exact(theirs.why.empty() && !ours.why.empty() ? "Suggested: " + ours.why : theirs.why, 300));
    }
    for (const policy::Leak& leak : leaks) {
        fmt::print("{} writes secrets into the log, line {}: {} at level {}: {}\n", name, leak.place.line,
                   leak.resource, to_string(leak.level), leak.what);
    }
}

void print_json(const std::vector<Pair>& pairs, const std::vector<policy::Leak>& leaks) {
    for (const auto& [ours, theirs] : pairs) {
        fmt::print("{}\n", json::serialize(json::object{
                               {"unit", ours.unit},
                               {"name", ours.name},
                               {"suggested", to_string(ours.state)},
                               {"compared", to_string(theirs.state)},
                               {"missing", json::array(theirs.missing.begin(), theirs.missing.end())},
                               {"line", theirs.line},
                               {"why", theirs.why}}));
    }
    for (const policy::Leak& leak : leaks) {
        fmt::print("{}\n", json::serialize(json::object{{"unit", "leak"},
                                                        {"name", leak.resource},
                                                        {"level", to_string(leak.level)},
                                                        {"line", leak.place.line},
                                                        {"why", leak.what}}));
    }
}

}  // namespace

int suggest_policy(const PolicyOptions& options) {
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    const auto rules = rules::load_rules(config.detectors.of<by_rule::Config>().sources);
    const std::string text = coverage::suggest(rules->rules(), options.kubernetes);
    if (options.compare.empty()) {
        fmt::print("{}", text);
        return kDone;
    }
    const policy::Policy ours = suggested(text, options.kubernetes), theirs = named(options);
    const auto enabled = coverage::enabled(config.detectors);
    const std::vector<Unit> shown = coverage::cover(ours, rules->rules(), enabled),
                            compared = coverage::cover(theirs, rules->rules(), enabled);
    const std::vector<Pair> pairs = differing(shown, compared);
    const std::vector<policy::Leak> leaks = leaks_beside(ours, theirs);
    if (options.format == OutputFormat::Json) {
        print_json(pairs, leaks);
    } else {
        print_text(pairs, leaks, fit_exact(options.compare, 200));
    }
    return kDone;
}

}  // namespace redshank
