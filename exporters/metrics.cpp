#include "exporters/metrics.h"

#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <algorithm>

#include "exporters/metric_help.h"
#include "exporters/process_metrics.h"
#include "exporters/text_format.h"

#ifndef REDSHANK_VERSION
#define REDSHANK_VERSION "unknown"
#endif
#ifndef REDSHANK_REVISION
#define REDSHANK_REVISION "unknown"
#endif

namespace redshank {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// Registry::Add returns the one that exists when name, help and labels are the same.
prometheus::Counter& add_counter(prometheus::Registry& registry, const char* name,
                                 const prometheus::Labels& labels) {
    return BuildCounter().Name(name).Help(metric_help(name)).Register(registry).Add(labels);
}

prometheus::Gauge& add_gauge(prometheus::Registry& registry, const char* name,
                             const prometheus::Labels& labels) {
    return BuildGauge().Name(name).Help(metric_help(name)).Register(registry).Add(labels);
}

prometheus::Histogram& add_histogram(prometheus::Registry& registry, const char* name,
                                     const prometheus::Labels& labels,
                                     const prometheus::Histogram::BucketBoundaries& buckets) {
    return BuildHistogram().Name(name).Help(metric_help(name)).Register(registry).Add(labels, buckets);
}

const prometheus::Histogram::BucketBoundaries kDelays{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30, 300, 3600};

constexpr const char* kDetectors[] = {"secret_exposure", "unusual_access", "crd_health", "source", "rule"};
constexpr const char* kSkipReasons[] = {"empty",        "bad_utf8", "bad_json", "legacy_format", "torn",
                                        "not_an_event", "oversize", "nul",      "other"};
constexpr size_t kMaxSkipReasons = 32;
constexpr const char* kFailures[] = {"http-4xx", "http-5xx", "rate-limited", "redirect", "answer",
                                     "dns",      "connect",  "timeout",      "tls",      "connection-lost",
                                     "local"};

}  // namespace

// Values that others hand over whole.
struct Metrics::Measured {
    struct Family {
        bool is_counter = false;
        std::map<Labels, double> series;
    };
    mutable std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;
    size_t series = 0;
};

Metrics::Metrics()
    : registry_(std::make_unique<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)),
      events_parsed(add_counter(*registry_, "redshank_events_total", {{"outcome", "parsed"}})),
      events_salvaged(add_counter(*registry_, "redshank_events_total", {{"outcome", "salvaged"}})),
      detection_delay(add_histogram(*registry_, "redshank_detection_delay_seconds", {}, kDelays)),
      measured_(std::make_unique<Measured>()),
      series_refused_(add_counter(*registry_, "redshank_metric_series_refused_total", {})),
      reload_ok_(add_gauge(*registry_, "redshank_config_last_reload_successful", {})),
      reload_time_(add_gauge(*registry_, "redshank_config_last_reload_success_timestamp_seconds", {})) {
    for (const char* reason : kSkipReasons) skipped(reason, 0, 0);
    for (const char* detector : kDetectors) {
        for (int severity = 0; severity <= static_cast<int>(Severity::Critical); ++severity) {
            add_counter(*registry_, "redshank_findings_total",
                        {{"detector", detector},
                         {"severity", std::string(to_string(static_cast<Severity>(severity)))}});
        }
    }
    add_gauge(
        *registry_, "redshank_build_info",
        {{"version", REDSHANK_VERSION}, {"revision", REDSHANK_REVISION}, {"compiler", "g++ " __VERSION__}})
        .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::skipped(std::string_view reason, uint64_t lines, uint64_t bytes) {
    std::string word(reason);
    {
        const std::lock_guard lock(mutex_);
        if (std::find(skip_reasons_.begin(), skip_reasons_.end(), word) == skip_reasons_.end()) {
            if (skip_reasons_.size() < kMaxSkipReasons) {
                skip_reasons_.push_back(word);
            } else {
                word = "other";
            }
        }
    }
    add_counter(*registry_, "redshank_lines_skipped_total", {{"reason", word}})
        .Increment(static_cast<double>(lines));
    add_counter(*registry_, "redshank_skipped_bytes_total", {{"reason", word}})
        .Increment(static_cast<double>(bytes));
}

void Metrics::found(const Finding& finding) {
    const bool known =
        std::find(std::begin(kDetectors), std::end(kDetectors), finding.detector) != std::end(kDetectors);
    add_counter(*registry_, "redshank_findings_total",
                {{"detector", known ? finding.detector : "other"},
                 {"severity", std::string(to_string(finding.severity))}})
        .Increment();
}

void Metrics::source(const std::string& name, const SourceMetrics& now) {
    const Labels labels{{"source", name}};
    const auto number = [](auto value) { return static_cast<double>(value); };
    gauge("redshank_source_up", labels, now.up ? 1 : 0);
    gauge("redshank_source_caught_up", labels, now.caught_up ? 1 : 0);
    counter("redshank_source_read_bytes_total", labels, number(now.read_bytes));
    gauge("redshank_source_lag_bytes", labels, number(now.lag_bytes));
    counter("redshank_source_rotations_total", labels, number(now.rotations));
    counter("redshank_source_truncations_total", labels, number(now.truncations));
    counter("redshank_source_gaps_total", labels, number(now.gaps));
    counter("redshank_source_torn_lines_total", labels, number(now.torn_lines));
    counter("redshank_source_parse_errors_total", labels, number(now.parse_errors));
    counter("redshank_source_oversize_lines_total", labels, number(now.oversize_lines));
    counter("redshank_source_nul_bytes_total", labels, number(now.nul_bytes));
    gauge("redshank_source_lag_seconds", labels, now.lag_seconds);
    gauge("redshank_source_last_event_timestamp_seconds", labels,
          number(now.last_event.time_since_epoch().count()) / 1e6);
}

void Metrics::config_reloaded(bool successful, audit::Time now) {
    reload_ok_.Set(successful ? 1 : 0);
    if (successful) reload_time_.Set(static_cast<double>(now.time_since_epoch().count()) / 1e6);
}

Metrics::Receiver::Receiver(Metrics& metrics, const std::string& name)
    : sent(add_counter(*metrics.registry_, "redshank_notifications_total", {{"receiver", name}})),
      dead(add_counter(*metrics.registry_, "redshank_notifications_dead_total", {{"receiver", name}})),
      summarised(
          add_counter(*metrics.registry_, "redshank_notifications_summarised_total", {{"receiver", name}})),
      muted(add_counter(*metrics.registry_, "redshank_notifications_muted_total", {{"receiver", name}})),
      queued(add_gauge(*metrics.registry_, "redshank_notifications_queued", {{"receiver", name}})),
      oldest(add_gauge(*metrics.registry_, "redshank_notifications_oldest_timestamp_seconds",
                       {{"receiver", name}})),
      breaker_open(add_gauge(*metrics.registry_, "redshank_receiver_breaker_open", {{"receiver", name}})),
      latency(add_histogram(*metrics.registry_, "redshank_notification_latency_seconds", {{"receiver", name}},
                            kDelays)),
      metrics_(metrics),
      name_(name) {
    for (const char* reason : kFailures) {
        add_counter(*metrics.registry_, "redshank_notifications_failed_total",
                    {{"receiver", name}, {"reason", reason}});
    }
}

void Metrics::Receiver::failed(std::string_view reason) {
    const auto known = std::find(std::begin(kFailures), std::end(kFailures), reason);
    add_counter(*metrics_.registry_, "redshank_notifications_failed_total",
                {{"receiver", name_}, {"reason", known != std::end(kFailures) ? *known : "local"}})
        .Increment();
}

void Metrics::Receiver::remove() {
    prometheus::Registry& registry = *metrics_.registry_;
    const auto remove_counter = [&](const char* name, prometheus::Counter& counter) {
        BuildCounter().Name(name).Help(metric_help(name)).Register(registry).Remove(&counter);
    };
    const auto remove_gauge = [&](const char* name, prometheus::Gauge& gauge) {
        BuildGauge().Name(name).Help(metric_help(name)).Register(registry).Remove(&gauge);
    };
    remove_counter("redshank_notifications_total", sent);
    remove_counter("redshank_notifications_dead_total", dead);
    remove_counter("redshank_notifications_summarised_total", summarised);
    remove_counter("redshank_notifications_muted_total", muted);
    remove_gauge("redshank_notifications_queued", queued);
    remove_gauge("redshank_notifications_oldest_timestamp_seconds", oldest);
    remove_gauge("redshank_receiver_breaker_open", breaker_open);
    constexpr const char* kLatency = "redshank_notification_latency_seconds";
    BuildHistogram().Name(kLatency).Help(metric_help(kLatency)).Register(registry).Remove(&latency);
    constexpr const char* kFailed = "redshank_notifications_failed_total";
    for (const char* reason : kFailures) {
        remove_counter(kFailed, add_counter(registry, kFailed, {{"receiver", name_}, {"reason", reason}}));
    }
}

Metrics::Receiver& Metrics::receiver(const std::string& name) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<Receiver>& receiver = receivers_[name];
    if (!receiver) receiver = std::make_unique<Receiver>(*this, name);
    return *receiver;
}

void Metrics::forget_receiver(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto receiver = receivers_.find(name);
    if (receiver == receivers_.end()) return;
    receiver->second->remove();
    receivers_.erase(receiver);
}

std::vector<Metrics::ReceiverNow> Metrics::receivers() {
    const std::lock_guard lock(mutex_);
    std::vector<ReceiverNow> out;
    for (const auto& [name, receiver] : receivers_) {
        out.push_back({.name = name,
                       .waiting = static_cast<uint64_t>(receiver->queued.Value()),
                       .sent = static_cast<uint64_t>(receiver->sent.Value()),
                       .dead = static_cast<uint64_t>(receiver->dead.Value()),
                       .breaker_open = receiver->breaker_open.Value() > 0});
    }
    return out;
}

void Metrics::counter(std::string_view name, const Labels& labels, double value) {
    measure(name, labels, value, true);
}

void Metrics::gauge(std::string_view name, const Labels& labels, double value) {
    measure(name, labels, value, false);
}

void Metrics::measure(std::string_view name, const Labels& labels, double value, bool is_counter) {
    const std::lock_guard lock(measured_->mutex);
    auto family = measured_->families.find(name);
    if (family == measured_->families.end()) {
        if (measured_->series >= kMaxSeries) return series_refused_.Increment();
        family = measured_->families.emplace(std::string(name), Measured::Family{is_counter, {}}).first;
    }
    auto at = family->second.series.find(labels);
    if (at == family->second.series.end()) {
        if (measured_->series >= kMaxSeries) return series_refused_.Increment();
        ++measured_->series;
        at = family->second.series.emplace(labels, 0).first;
    }
    at->second = value;
}

std::string Metrics::serialize(Format format) const {
    std::vector<prometheus::MetricFamily> families = registry_->Collect();
    {
        const std::lock_guard lock(measured_->mutex);
        for (const auto& [name, measured] : measured_->families) {
            prometheus::MetricFamily family{
                name,
                metric_help(name),
                measured.is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
                {}};
            for (const auto& [labels, value] : measured.series) {
                prometheus::ClientMetric metric;
                for (const auto& [key, text] : labels) metric.label.push_back({key, text});
                (measured.is_counter ? metric.counter.value : metric.gauge.value) = value;
                family.metric.push_back(std::move(metric));
            }
            families.push_back(std::move(family));
        }
    }
    append_process_metrics(families);
    return write_metrics(std::move(families), format == Format::OpenMetrics);
}

const char* Metrics::content_type(Format format) {
    return format == Format::Text ? "text/plain; version=0.0.4; charset=utf-8"
                                  : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

Metrics::Format Metrics::negotiate(std::string_view accept) {
    // Prometheus names what it likes best first and gives it the highest q.
    const size_t open = accept.find("application/openmetrics-text"), plain = accept.find("text/plain");
    return open != std::string_view::npos && (plain == std::string_view::npos || open < plain)
               ? Format::OpenMetrics
               : Format::Text;
}

}  // namespace redshank
