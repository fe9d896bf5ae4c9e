#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "audit/policy/request.h"
#include "audit/policy/shrink.h"
#include "core/finding/text.h"
#include "core/state/key.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/policy_commands.h"
#include "daemon/config/config.h"
#include "daemon/questions/log_events.h"
#include "detectors/engine.h"

namespace redshank {

namespace json = boost::json;
namespace policy = audit::policy;

namespace {

struct RuleVolume {
    uint64_t events_before = 0, events_after = 0, bytes_before = 0, bytes_after = 0;
    uint64_t bodies_unknown = 0;  // events that would be longer than is known
};

// Findings of one run over the log, by what they are about: an id may change with the first event.
class Findings {
  public:
    explicit Findings(const DetectorConfig& config) : engine_(config) {}

    void observe(const audit::Event& event, const Origin& origin) {
        engine_.observe(event, origin);
        take(engine_.drain());
    }
    void end() { take(engine_.drain(true)); }
    const std::map<std::string, Finding>& all() const { return all_; }

  private:
    void take(std::vector<Finding> told) {
        for (Finding& finding : told) {
            std::string id = finding.id;
            all_[id] = std::move(finding);
        }
    }

    Engine engine_;
    std::map<std::string, Finding> all_;
};

// Findings of the same kind about the same actor and object are the same, even if they begin with another
// event.
std::string about(const Finding& finding) {
    const FindingObject& object = finding.what();
    return row_key({finding.detector, finding.kind, finding.who().user, object.group, object.resource,
                    object.namespace_, object.name});
}

std::vector<Finding> lost(const Findings& before, const Findings& after) {
    std::multimap<std::string, std::string> left;  // what only the run after has
    for (const auto& [id, finding] : after.all()) {
        if (!before.all().contains(id)) left.emplace(about(finding), id);
    }
    std::vector<Finding> gone;
    for (const auto& [id, finding] : before.all()) {
        if (after.all().contains(id)) continue;
        const auto same = left.find(about(finding));
        if (same == left.end()) {
            gone.push_back(finding);
        } else {
            left.erase(same);
        }
    }
    std::sort(gone.begin(), gone.end(), [](const Finding& a, const Finding& b) {
        return std::tuple(a.severity, b.time, b.id) > std::tuple(b.severity, a.time, a.id);
    });
    return gone;
}

struct Simulation {
    std::map<size_t, RuleVolume> by_line;  // of the deciding rule; 0: none
    std::vector<Finding> lost;
};

Simulation simulate(const PolicyOptions& options, const policy::Policy& rules, const Config& config) {
    Simulation result;
    for (const policy::Rule& rule : rules.rules) result.by_line[rule.place.line];
    Findings before(config.detectors), after(config.detectors);
    each_event(options.logs, config.cluster, [&](const LogEvent& one) {
        const policy::Decision decision = decide(rules, policy::request_of(one.event));
        const Origin origin{.cluster = config.cluster, .source = one.file, .offset = one.line.offset};
        before.observe(one.event, origin);
        RuleVolume& volume = result.by_line[decision.line()];
        ++volume.events_before;
        volume.bytes_before += one.line.text.size() + 1;
        const policy::Shrunk shrunk = shrink(one.event, decision, one.line.text.size());
        if (!shrunk.is_kept) return;
        ++volume.events_after;
        volume.bytes_after += shrunk.bytes;
        volume.bodies_unknown += shrunk.lacks_bodies;
        after.observe(one.event, origin);
    });
    before.end();
    after.end();
    result.lost = lost(before, after);
    return result;
}

void print_json_rows(const Simulation& result) {
    for (const auto& [line, volume] : result.by_line) {
        fmt::print("{}\n", json::serialize(json::object{{"line", line},
                                                        {"events_before", volume.events_before},
                                                        {"events_after", volume.events_after},
                                                        {"bytes_before", volume.bytes_before},
                                                        {"bytes_after", volume.bytes_after},
                                                        {"bodies_unknown", volume.bodies_unknown}}));
    }
    json::array lost;
    for (const Finding& finding : result.lost) {
        lost.push_back(
            json::object{{"id", finding.id}, {"kind", finding.kind}, {"summary", finding.summary}});
    }
    fmt::print("{}\n", json::serialize(json::object{{"findings_lost", lost}}));
}

void print_text(const Simulation& result) {
    constexpr const char* kRow = "{:>6}  {:>14}  {:>14}  {:>16}  {:>16}\n";
    fmt::print(kRow, "LINE", "EVENTS BEFORE", "AFTER", "BYTES BEFORE", "AFTER");
    RuleVolume all;
    for (const auto& [line, volume] : result.by_line) {
        fmt::print(kRow, line == 0 ? "none" : std::to_string(line), volume.events_before, volume.events_after,
                   volume.bytes_before, volume.bytes_after);
        all.events_before += volume.events_before;
        all.events_after += volume.events_after;
        all.bytes_before += volume.bytes_before;
        all.bytes_after += volume.bytes_after;
        all.bodies_unknown += volume.bodies_unknown;
    }
    fmt::print(kRow, "all", all.events_before, all.events_after, all.bytes_before, all.bytes_after);
    if (all.bodies_unknown > 0) {
        fmt::print(
            "{} events would hold bodies that this log does not have: the log would be longer than this.\n",
            all.bodies_unknown);
    }
    fmt::print("{} findings lost\n", result.lost.size());
    for (const Finding& finding : result.lost)
        fmt::print("  {:<8}  {:<28}  {}\n", to_string(finding.severity), finding.kind,
                   fit_exact(finding.summary, 300));
}

}  // namespace

int simulate_policy(const PolicyOptions& options) {
    const policy::Policy rules = require_policy(options.file, options.kubernetes);
    const Config config = options.config.empty() ? Config{} : load_config(options.config);
    const Simulation result = simulate(options, rules, config);
    if (options.format == OutputFormat::Json) {
        print_json_rows(result);
    } else {
        print_text(result);
    }
    return kDone;
}

}  // namespace redshank
