#include "detectors/crd/measure.h"

#include <algorithm>
#include <vector>

#include "detectors/crd/report.h"
#include "detectors/crd/webhook_error.h"

namespace redshank::crd {

namespace {

using Labels = MetricWriter::Labels;

Labels with(Labels labels, std::string_view name, std::string_view value) {
    labels.emplace_back(name, value);
    return labels;
}

void count_classes(const std::map<OutcomeClass, uint64_t>& classes, const Labels& labels,
                   MetricWriter& metrics) {
    for (const auto& [outcome, n] : classes) {
        metrics.counter("redshank_crd_requests_total", with(labels, "class", to_string(outcome)),
                        static_cast<double>(n));
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
    // Of all clusters, when one daemon reads several; the names are the clients' words.
    const Labels labels{{"cluster", resource.key.cluster},
                        {"group", shown(resource.key.group)},
                        {"resource", shown(resource.key.resource)}};
    count_classes(classes_of(resource.tally), labels, metrics);
    metrics.counter("redshank_crd_webhook_failed_open_total", labels,
                    static_cast<double>(resource.failed_open));
    metrics.counter("redshank_crd_deprecated_requests_total", labels,
                    static_cast<double>(resource.notices.deprecated_requests()));
    metrics.counter("redshank_crd_watches_dropped_total", labels,
                    static_cast<double>(resource.notices.dropped_watches));
    // The one that held before goes to 0: a sum over them is 1.
    for (const Origin origin :
         {Origin::GroupName, Origin::ApiService, Origin::CrdEvent, Origin::Configuration}) {
        metrics.gauge("redshank_crd_info", with(labels, "because", to_string(origin)),
                      resource.origin == origin ? 1 : 0);
    }
    const Report report = report_of(resource, now, settings);
    metrics.gauge("redshank_crd_budget_left", labels, report.budget_left);
    for (const char* verdict : {"healthy", "degraded", "failing", "silent", "unknown"}) {
        metrics.gauge("redshank_crd_verdict", with(labels, "verdict", verdict),
                      report.verdict == verdict ? 1 : 0);
    }
    for (const BurnWindow& window : settings.slo.burn) {
        uint64_t bad = 0;
        for (const auto& [outcome, track] : resource.tracks) {
            if (settings.spends(outcome)) bad += track.bad.sum(now, window.long_window);
        }
        const uint64_t valid = resource.valid.sum(now, window.long_window);
        const double share = valid == 0 ? 0 : static_cast<double>(bad) / static_cast<double>(valid);
        metrics.gauge(
            "redshank_crd_burn_rate",
            with(labels, "window", std::to_string(window.long_window / std::chrono::minutes{1}) + "m"),
            share / settings.slo.budget());
    }
    for (const auto& [verbs, latency] : resource.latency) {
        const double seconds = std::chrono::duration<double>(latency.usual.at(0.99)).count();
        metrics.gauge("redshank_crd_latency_p99_seconds", with(labels, "verbs", to_string(verbs)), seconds);
    }
}

}  // namespace

void measure(const ResourceTable& resources, const SettingsTable& settings, audit::Time now,
             MetricWriter& metrics) {
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
            measure_one(*listed[i], settings.of(listed[i]->key), now, metrics);
            continue;
        }
        for (const auto& [outcome, n] : classes_of(listed[i]->tally)) others[outcome] += n;
    }
    count_classes(others, {{"cluster", "other"}, {"group", "other"}, {"resource", "other"}}, metrics);
    metrics.gauge("redshank_crd_resources", {}, static_cast<double>(listed.size()));
}

}  // namespace redshank::crd
