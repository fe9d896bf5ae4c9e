#include "detectors/crd/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <span>

#include "core/state/row.h"
#include "detectors/crd/slo.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace json = boost::json;

namespace {

// Fewer requests in three days say nothing.
constexpr uint64_t kEnoughRequests = 5;

struct Recent {
    OutcomeClass outcome;
    uint64_t n;
    const Track* track;
};

// Failures of the last three days, faults before refusals, each the most frequent first.
std::vector<Recent> recent_failures(const Resource& resource, audit::Time now, const Settings& settings) {
    std::vector<Recent> all;
    for (const auto& [outcome, track] : resource.tracks) {
        if (meaning_of(outcome) == Meaning::Normal && !settings.spends(outcome) && track.level == 0) continue;
        if (const uint64_t n = track.bad.sum(now, Windows::kLongest)) all.push_back({outcome, n, &track});
    }
    std::stable_sort(all.begin(), all.end(), [&](const Recent& a, const Recent& b) {
        return std::pair(!settings.spends(a.outcome), b.n) < std::pair(!settings.spends(b.outcome), a.n);
    });
    return all;
}

// Problems that no failing request shows.
void add_quiet_causes(const Resource& resource, audit::Time now, std::vector<std::string>& causes) {
    for (const auto& [user, caller] : resource.callers) {
        if (caller.drops.told)
            causes.push_back(fmt::format("{} watches of {} were cut off", caller.drops.run, shown(user)));
        if (caller.silent) {
            causes.push_back(
                fmt::format("{} silent for {}", shown(user), audit::format_duration(now - caller.last_seen)));
        }
    }
    if (resource.reconciling.lags)
        causes.push_back(fmt::format("no status for {} changes", resource.reconciling.spec_writes_since));
    for (const auto& [verbs, latency] : resource.latency) {
        if (latency.slow.level == 0) continue;
        const std::string why = latency.slow.cause_text();
        causes.push_back(fmt::format("slow {} requests{}", to_string(verbs), why.empty() ? "" : ": " + why));
    }
}

// Level of everything that is not a fault of a class: refused callers, slowness, a raised share.
bool has_minor_trouble(const Resource& resource) {
    if (resource.cusum.alarm) return true;
    for (const auto& [verbs, latency] : resource.latency) {
        if (latency.slow.level > 0) return true;
    }
    for (const auto& [user, caller] : resource.callers) {
        if (caller.drops.told) return true;
        for (const auto& [outcome, track] : caller.refused) {
            if (track.level > 0) return true;
        }
    }
    return false;
}

bool is_silent(const Resource& resource) {
    return resource.reconciling.lags || std::any_of(resource.callers.begin(), resource.callers.end(),
                                                    [](const auto& entry) { return entry.second.silent; });
}

std::string cause_text(const std::vector<Recent>& failures, const std::vector<std::string>& others) {
    constexpr size_t kShown = 6;
    std::string text;
    for (const std::string& other : others) {
        if (!text.empty()) text += " | ";
        text += other;
    }
    for (const Recent& failure : std::span(failures).first(std::min(failures.size(), kShown))) {
        if (!text.empty()) text += " | ";
        text += fmt::format("{} ×{}: {}", to_string(failure.outcome), failure.n, failure.track->cause_text());
        if (!failure.track->change.empty()) text += ", after " + failure.track->change;
    }
    return text;
}

// The failure with which what goes wrong now began; nothing when nothing does.
std::optional<Failure> first_of(const std::vector<Recent>& failures, bool is_in_trouble) {
    const Failure* first = nullptr;
    const bool is_told =
        std::any_of(failures.begin(), failures.end(), [](const Recent& one) { return one.track->level > 0; });
    for (const Recent& one : failures) {
        if (!is_in_trouble || (is_told && one.track->level == 0)) continue;
        if (first == nullptr || one.track->first.time < first->time) first = &one.track->first;
    }
    return first == nullptr ? std::nullopt : std::optional(*first);
}

void count_since(const Resource& resource, audit::Time now, audit::Duration window, const Settings& settings,
                 Report& report) {
    report.requests = resource.valid.sum(now, window);
    report.failures = 0;
    for (const auto& [outcome, track] : resource.tracks) {
        const uint64_t n = track.bad.sum(now, window);
        report.failures += n;
        if (!settings.spends(outcome)) report.requests += n;  // the others are among the valid ones
    }
}

double in_milliseconds(audit::Duration took) {
    return std::chrono::duration<double, std::milli>(took).count();
}

json::object verbs_json(const std::map<std::string, Tally::Classes>& verbs) {
    json::object out;
    for (const auto& [verb, classes] : verbs) {
        json::object counts;
        uint64_t total = 0;
        for (const auto& [outcome, n] : classes) {
            counts[to_string(outcome)] = n;
            total += n;
        }
        out[verb] = json::object{{"total", total}, {"classes", std::move(counts)}};
    }
    return out;
}

}  // namespace

Report report_of(const Resource& resource, audit::Time now, const Settings& settings,
                 std::optional<audit::Time> since) {
    Report report{.key = resource.key,
                  .custom_because = std::string(to_string(resource.origin)),
                  .requests = resource.tally.total(),
                  .failures = resource.tally.total() - resource.tally.of(OutcomeClass::Ok),
                  .first_seen = resource.first_seen,
                  .last_seen = resource.last_seen,
                  .tally = resource.tally,
                  .notices = resource.notices};
    if (since && now - *since <= Windows::kLongest)
        count_since(resource, now, std::max(now - *since, audit::Duration{}), settings, report);
    const uint64_t valid = resource.valid.sum(now, Windows::kLongest);
    const std::vector<Recent> failures = recent_failures(resource, now, settings);
    uint64_t faults = 0;
    for (const Recent& failure : failures) {
        if (settings.spends(failure.outcome)) faults += failure.n;
    }
    report.budget_left = budget_left(faults, valid, settings);

    for (const auto& [verbs, latency] : resource.latency) {
        if (latency.usual.total() > 0) report.latency.emplace(to_string(verbs), latency.usual);
    }

    uint8_t level = 0;
    for (const auto& [outcome, track] : resource.tracks) level = std::max(level, track.level);
    const bool is_overspent = faults >= settings.min_failures && report.budget_left < 0;
    const auto degraded = static_cast<uint8_t>(Level::Degraded);
    if (is_overspent || has_minor_trouble(resource)) level = std::max(level, degraded);
    report.verdict = to_string(static_cast<Level>(level));
    if (level <= degraded && is_silent(resource)) report.verdict = "silent";
    if (report.verdict == "healthy" && valid < kEnoughRequests) report.verdict = "unknown";
    if (level > 0 || report.verdict == "silent") {
        std::vector<std::string> causes;
        add_quiet_causes(resource, now, causes);
        report.cause = cause_text(failures, causes);
    }
    report.first = first_of(failures, !report.cause.empty());
    return report;
}

std::vector<Report> read_reports(const StateReader& state, const Config& config,
                                 std::optional<audit::Time> since) {
    std::vector<Resource> resources;
    audit::Time now = newest_event(state);
    load_rows<Resource>(state, kResourceTable, "", [&](std::string_view, Resource resource) {
        now = std::max(now, resource.last_seen);
        if (resource.is_listed()) resources.push_back(std::move(resource));
    });
    std::vector<Report> reports;
    for (const Resource& resource : resources)
        reports.push_back(report_of(resource, now, config.of(resource.key), since));
    return reports;
}

audit::Time newest_event(const StateReader& state) {
    ClockRow clock;
    load_row(state, "engine.clock", "now", clock);
    return clock.time;
}

namespace {

json::value to_json(const std::optional<Failure>& failure) {
    if (!failure) return nullptr;
    return json::object{
        {"time", audit::format_time(failure->time)}, {"user", failure->user}, {"verb", failure->verb},
        {"namespace", failure->namespace_},          {"name", failure->name}, {"code", failure->code}};
}

}  // namespace

std::string to_json(const Report& report) {
    json::object subresources;
    for (const auto& [row, classes] : report.tally.rows()) {
        if (row.first.empty()) continue;
        json::object& verbs = subresources[row.first].is_object() ? subresources[row.first].as_object()
                                                                  : subresources[row.first].emplace_object();
        verbs[row.second] = verbs_json({{row.second, classes}}).at(row.second);
    }
    json::object deprecated;
    for (const auto& [version, requests] : report.notices.deprecated) deprecated[version] = requests;
    std::string latency;
    for (const auto& [verbs, usual] : report.latency) {
        latency +=
            fmt::format(R"({}"{}":{{"requests":{},"p50_ms":{:.1f},"p90_ms":{:.1f},"p99_ms":{:.1f}}})",
                        latency.empty() ? "" : ",", verbs, usual.total(), in_milliseconds(usual.at(0.5)),
                        in_milliseconds(usual.at(0.9)), in_milliseconds(usual.at(0.99)));
    }
    // Boost writes 0.25 as 2.5E-1.
    std::string text = json::serialize(json::object{{"cluster", report.key.cluster},
                                                    {"group", report.key.group},
                                                    {"resource", report.key.resource},
                                                    {"custom_because", report.custom_because},
                                                    {"verdict", report.verdict},
                                                    {"cause", report.cause}});
    text.back() = ',';
    text += fmt::format("\"budget_left\":{:.4f},\"latency\":{{{}}},", report.budget_left, latency);
    text += json::serialize(json::object{{"requests", report.requests},
                                         {"failures", report.failures},
                                         {"verbs", verbs_json(report.tally.by_verb())},
                                         {"subresources", std::move(subresources)},
                                         {"deprecated", std::move(deprecated)},
                                         {"dropped_watches", report.notices.dropped_watches},
                                         {"first_seen", audit::format_time(report.first_seen)},
                                         {"last_seen", audit::format_time(report.last_seen)},
                                         {"first_failure", to_json(report.first)}})
                .substr(1);
    return text;
}

}  // namespace redshank::crd
