#include "detectors/crd/measure.h"

#include <algorithm>
#include <vector>

#include "detectors/crd/report.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

using Labels = MetricWriter::Labels;

constexpr Metric kRequests{"redshank_crd_requests_total", Metric::Counter, "cluster, group, resource, class",
                           "Requests of custom resources that have ended, by class of outcome."};
constexpr Metric kFailedOpen{
    "redshank_crd_webhook_failed_open_total", Metric::Counter, "cluster, group, resource",
    "Requests that passed without a webhook that could not be reached, as its failurePolicy allows."};
constexpr Metric kDeprecated{"redshank_crd_deprecated_requests_total", Metric::Counter,
                             "cluster, group, resource",
                             "Requests of versions that the CustomResourceDefinition calls deprecated."};
constexpr Metric kWatchesDropped{
    "redshank_crd_watches_dropped_total", Metric::Counter, "cluster, group, resource",
    "Watches of service accounts that ended before half the time they asked for."};
constexpr Metric kInfo{"redshank_crd_info", Metric::Gauge, "cluster, group, resource, because",
                       "How redshank knows that the resource is custom (config, crd-event, apiservice, "
                       "group-name): 1 for what holds, else 0."};
constexpr Metric kBudgetLeft{
    "redshank_crd_budget_left", Metric::Gauge, "cluster, group, resource",
    "Share of the error budget of three days that is left, at most 1; below 0: overspent."};
constexpr Metric kVerdict{
    "redshank_crd_verdict", Metric::Gauge, "cluster, group, resource, verdict",
    "1 for the verdict that holds (healthy, degraded, failing, silent, unknown), else 0."};
constexpr Metric kBurnRate{
    "redshank_crd_burn_rate", Metric::Gauge, "cluster, group, resource, window",
    "How fast the error budget is spent over the window (60m: 60 minutes); 1: exactly as fast as allowed."};
constexpr Metric kLatency{"redshank_crd_latency_p99_seconds", Metric::Gauge,
                          "cluster, group, resource, verbs",
                          "99 % of the requests take less, by verbs (read, write, status)."};
constexpr Metric kResources{"redshank_crd_resources", Metric::Gauge, "", "Custom resources known."};

Labels with(Labels labels, std::string_view name, std::string_view value) {
    labels.emplace_back(name, value);
    return labels;
}

void count_classes(const std::map<OutcomeClass, uint64_t>& classes, const Labels& labels,
                   MetricWriter& metrics) {
    for (const auto& [outcome, n] : classes) {
        metrics.set(kRequests, with(labels, "class", to_string(outcome)), n);
    }
}

std::map<OutcomeClass, uint64_t> classes_of(const Tally& tally) {
    std::map<OutcomeClass, uint64_t> all;
    for (const auto& [row, classes] : tally.rows()) {
        for (const auto& [outcome, n] : classes) all[outcome] += n;
    }
    return all;
}

void measure_one(const Resource& resource, const Settings& settings, audit::Time now, MetricWriter& metrics) {
    // Names are chosen by clients. With several clusters, all are on one page.
    const Labels labels{{"cluster", resource.key.cluster},
                        {"group", shown(resource.key.group)},
                        {"resource", shown(resource.key.resource)}};
    count_classes(classes_of(resource.tally), labels, metrics);
    metrics.set(kFailedOpen, labels, resource.failed_open);
    metrics.set(kDeprecated, labels, resource.notices.deprecated_requests());
    metrics.set(kWatchesDropped, labels, resource.notices.dropped_watches);
    // The one that held before goes to 0: a sum over them is 1.
    for (const Origin origin :
         {Origin::GroupName, Origin::ApiService, Origin::CrdEvent, Origin::Configuration}) {
        metrics.set(kInfo, with(labels, "because", to_string(origin)), resource.origin == origin ? 1 : 0);
    }
    const Report report = report_of(resource, now, settings);
    metrics.set(kBudgetLeft, labels, report.budget_left);
    for (const char* verdict : {"healthy", "degraded", "failing", "silent", "unknown"}) {
        metrics.set(kVerdict, with(labels, "verdict", verdict), report.verdict == verdict ? 1 : 0);
    }
    for (const BurnWindow& window : settings.burn) {
        uint64_t bad = 0;
        for (const auto& [outcome, track] : resource.tracks) {
            if (settings.spends(outcome)) bad += track.bad.sum(now, window.long_window);
        }
        const uint64_t valid = resource.valid.sum(now, window.long_window);
        const double share = valid == 0 ? 0 : static_cast<double>(bad) / static_cast<double>(valid);
        metrics.set(
            kBurnRate,
            with(labels, "window", std::to_string(window.long_window / std::chrono::minutes{1}) + "m"),
            share / settings.budget());
    }
    for (const auto& [verbs, latency] : resource.latency) {
        const double seconds = std::chrono::duration<double>(latency.usual.at(0.99)).count();
        metrics.set(kLatency, with(labels, "verbs", to_string(verbs)), seconds);
    }
}

}  // namespace

void measure(const ResourceTable& resources, const Config& config, audit::Time now, MetricWriter& metrics) {
    std::vector<const Resource*> listed;
    resources.for_each([&](const Resource& resource) {
        if (resource.is_listed()) listed.push_back(&resource);
    });
    std::sort(listed.begin(), listed.end(), [](const Resource* a, const Resource* b) {
        return std::pair(b->tally.total(), a->key.text()) < std::pair(a->tally.total(), b->key.text());
    });
    std::map<OutcomeClass, uint64_t> others;
    for (size_t i = 0; i < listed.size(); ++i) {
        if (i < kMeasured) {
            measure_one(*listed[i], config.of(listed[i]->key), now, metrics);
            continue;
        }
        for (const auto& [outcome, n] : classes_of(listed[i]->tally)) others[outcome] += n;
    }
    count_classes(others, {{"cluster", "other"}, {"group", "other"}, {"resource", "other"}}, metrics);
    metrics.set(kResources, {}, listed.size());
}

}  // namespace redshank::crd
