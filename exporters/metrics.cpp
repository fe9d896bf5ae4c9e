#include "exporters/metrics.h"

#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <algorithm>

#include "core/finding/finding.h"
#include "core/finding/text.h"
#include "core/incident/incident.h"
#include "core/version.h"
#include "exporters/process_metrics.h"
#include "exporters/text_format.h"

namespace redshank {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// Registry::Add returns the existing metric when name, help and labels are equal.
prometheus::Counter& add_counter(prometheus::Registry& registry, const Metric& metric,
                                 const prometheus::Labels& labels) {
    return BuildCounter().Name(metric.name).Help(metric.help).Register(registry).Add(labels);
}

prometheus::Gauge& add_gauge(prometheus::Registry& registry, const Metric& metric,
                             const prometheus::Labels& labels) {
    return BuildGauge().Name(metric.name).Help(metric.help).Register(registry).Add(labels);
}

prometheus::Histogram& add_histogram(prometheus::Registry& registry, const Metric& metric,
                                     const prometheus::Labels& labels,
                                     const prometheus::Histogram::BucketBoundaries& buckets) {
    return BuildHistogram().Name(metric.name).Help(metric.help).Register(registry).Add(labels, buckets);
}

constexpr Metric kBuildInfo{"redshank_build_info", Metric::Gauge, "version, revision, compiler",
                            "Constant 1, labelled by version, revision and compiler."};
constexpr Metric kReloadTime{"redshank_config_last_reload_success_timestamp_seconds", Metric::Gauge, "",
                             "When the configuration was last loaded."};
constexpr Metric kReloadOk{"redshank_config_last_reload_successful", Metric::Gauge, "",
                           "1: the last load of the configuration went well, 0: the one before stays."};
constexpr Metric kDetectionDelay{"redshank_detection_delay_seconds", Metric::Histogram, "",
                                 "From an event's stageTimestamp until its findings were made."};
constexpr Metric kEvents{
    "redshank_events_total", Metric::Counter, "outcome",
    "Events read: parsed from a whole line, or salvaged from a line that is not one event."};
constexpr Metric kLinesSkipped{"redshank_lines_skipped_total", Metric::Counter, "reason",
                               "Lines that gave no event, by reason."};
constexpr Metric kSkippedBytes{"redshank_skipped_bytes_total", Metric::Counter, "reason",
                               "Bytes that gave no event, by reason."};
constexpr Metric kSeriesRefused{"redshank_metric_series_refused_total", Metric::Counter, "",
                                "Measurements dropped because there were too many series."};
constexpr Metric kOpened{"redshank_incident_opened_timestamp_seconds", Metric::Gauge,
                         "actor, cluster, detector, incident, kind, object, severity",
                         "When an incident began that is not over: the 50 gravest, and of those the newest."};
constexpr const char* kFindingsTotal = "redshank_findings_total";  // of detectors/told_counts.cpp
constexpr Metric kSent{"redshank_notifications_total", Metric::Counter, "receiver",
                       "Notifications that the receiver accepted."};
constexpr Metric kFailed{"redshank_notifications_failed_total", Metric::Counter, "receiver, reason",
                         "Attempts that failed, by reason; most are tried again."};
constexpr Metric kDead{"redshank_notifications_dead_total", Metric::Counter, "receiver",
                       "Notifications given up; they are kept as dead letters."};
constexpr Metric kMuted{"redshank_notifications_muted_total", Metric::Counter, "receiver",
                        "Findings kept back by a silence or by inhibition."};
constexpr Metric kSummarised{"redshank_notifications_summarised_total", Metric::Counter, "receiver",
                             "Waiting notifications folded into a summary."};
constexpr Metric kQueued{"redshank_notifications_queued", Metric::Gauge, "receiver",
                         "Notifications waiting for the receiver."};
constexpr Metric kOldest{"redshank_notifications_oldest_timestamp_seconds", Metric::Gauge, "receiver",
                         "When the oldest waiting notification was made; 0: none waits."};
constexpr Metric kBreakerOpen{
    "redshank_receiver_breaker_open", Metric::Gauge, "receiver",
    "1 after five failures in a row: one notification at a time tries the receiver."};
constexpr Metric kLatency{"redshank_notification_latency_seconds", Metric::Histogram, "receiver",
                          "From the decision to notify until the receiver accepted."};
constexpr Metric kUp{"redshank_source_up", Metric::Gauge, "cluster, source", "1: the source is open."};
constexpr Metric kCaughtUp{"redshank_source_caught_up", Metric::Gauge, "cluster, source",
                           "1: the source was read to its end since the start."};
constexpr Metric kReadBytes{"redshank_source_read_bytes_total", Metric::Counter, "cluster, source",
                            "Bytes read from the source."};
constexpr Metric kLagBytes{"redshank_source_lag_bytes", Metric::Gauge, "cluster, source",
                           "Bytes written to the source and not yet read."};
constexpr Metric kRotations{"redshank_source_rotations_total", Metric::Counter, "cluster, source",
                            "Rotations followed."};
constexpr Metric kTruncations{"redshank_source_truncations_total", Metric::Counter, "cluster, source",
                              "Truncations seen."};
constexpr Metric kGaps{"redshank_source_gaps_total", Metric::Counter, "cluster, source",
                       "Gaps: events that were lost before they could be read."};
constexpr Metric kTornLines{"redshank_source_torn_lines_total", Metric::Counter, "cluster, source",
                            "Lines of which a part was lost, beside which an event was found."};
constexpr Metric kParseErrors{"redshank_source_parse_errors_total", Metric::Counter, "cluster, source",
                              "Lines that are no event."};
constexpr Metric kFarAhead{
    "redshank_source_far_ahead_events_total", Metric::Counter, "cluster, source",
    "Events more than a day ahead of the host's clock and of those before them; they count as if "
    "they came with those."};
constexpr Metric kOversizeLines{"redshank_source_oversize_lines_total", Metric::Counter, "cluster, source",
                                "Lines longer than line_limit_mb; most give an event without its bodies."};
constexpr Metric kNulBytes{"redshank_source_nul_bytes_total", Metric::Counter, "cluster, source",
                           "NUL bytes passed over: holes that a truncation left."};
constexpr Metric kLagSeconds{"redshank_source_lag_seconds", Metric::Gauge, "cluster, source",
                             "Age of the last event read while there is more to read, else 0."};
constexpr Metric kLastEvent{"redshank_source_last_event_timestamp_seconds", Metric::Gauge, "cluster, source",
                            "Event time of the last event read."};

const prometheus::Histogram::BucketBoundaries kDelays{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30, 300, 3600};

constexpr const char* kSkipReasons[] = {"empty",        "bad_utf8", "bad_json", "legacy_format", "torn",
                                        "not_an_event", "bad_time", "oversize", "nul",           "other"};
constexpr size_t kMaxSkipReasons = 32;
constexpr const char* kFailures[] = {"http-4xx", "http-5xx", "rate-limited", "redirect", "answer",
                                     "dns",      "connect",  "timeout",      "tls",      "connection-lost",
                                     "local"};

double seconds_of(audit::Time time) {
    return static_cast<double>(time.time_since_epoch().count()) / 1e6;
}

// "alice, bob and 3 more". Names may be an attacker's: at most 120 bytes, nothing invisible.
std::string names_in_short(const FirstNames& all) {
    constexpr size_t kNamed = 3, kLongest = 120;
    std::string out;
    const size_t named = std::min(all.names.size(), kNamed);
    for (size_t i = 0; i < named; ++i) out += (i > 0 ? ", " : "") + all.names[i];
    const uint64_t more = all.more + all.names.size() - named;
    out = fit_exact(out, kLongest);
    return more == 0 ? out : out + " and " + std::to_string(more) + " more";
}

}  // namespace

// Values that detectors and other parts set.
struct Metrics::Measured {
    struct Family {
        Metric metric;
        std::map<Labels, double> series;
    };
    mutable Mutex mutex;
    std::vector<prometheus::ClientMetric> incidents GUARDED_BY(mutex);
    Exemplars exemplars GUARDED_BY(mutex);  // as many as redshank_findings_total has series
    std::map<std::string, Family, std::less<>> families GUARDED_BY(mutex);  // by name
    size_t series GUARDED_BY(mutex) = 0;
};

Metrics::Metrics()
    : registry_(std::make_unique<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge)),
      events_parsed(add_counter(*registry_, kEvents, {{"outcome", "parsed"}})),
      events_salvaged(add_counter(*registry_, kEvents, {{"outcome", "salvaged"}})),
      detection_delay(add_histogram(*registry_, kDetectionDelay, {}, kDelays)),
      measured_(std::make_unique<Measured>()),
      series_refused_(add_counter(*registry_, kSeriesRefused, {})),
      reload_ok_(add_gauge(*registry_, kReloadOk, {})),
      reload_time_(add_gauge(*registry_, kReloadTime, {})) {
    for (const char* reason : kSkipReasons) skipped(reason, 0, 0);
    add_gauge(*registry_, kBuildInfo,
              {{"version", std::string(version())},
               {"revision", std::string(revision())},
               {"compiler", "g++ " __VERSION__}})
        .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::skipped(std::string_view reason, uint64_t lines, uint64_t bytes) {
    std::string word(reason);
    {
        const Lock lock(mutex_);
        if (std::find(skip_reasons_.begin(), skip_reasons_.end(), word) == skip_reasons_.end()) {
            if (skip_reasons_.size() < kMaxSkipReasons) {
                skip_reasons_.push_back(word);
            } else {
                word = "other";
            }
        }
    }
    add_counter(*registry_, kLinesSkipped, {{"reason", word}}).Increment(static_cast<double>(lines));
    add_counter(*registry_, kSkippedBytes, {{"reason", word}}).Increment(static_cast<double>(bytes));
}

void Metrics::source(const std::string& name, const std::string& cluster, const SourceMetrics& now) {
    const Labels labels{{"cluster", cluster}, {"source", name}};
    set(kUp, labels, now.up ? 1 : 0);
    set(kCaughtUp, labels, now.caught_up ? 1 : 0);
    set(kReadBytes, labels, now.read_bytes);
    set(kLagBytes, labels, now.lag_bytes);
    set(kRotations, labels, now.rotations);
    set(kTruncations, labels, now.truncations);
    set(kGaps, labels, now.gaps);
    set(kTornLines, labels, now.torn_lines);
    set(kParseErrors, labels, now.parse_errors);
    set(kFarAhead, labels, now.far_ahead);
    set(kOversizeLines, labels, now.oversize_lines);
    set(kNulBytes, labels, now.nul_bytes);
    set(kLagSeconds, labels, now.lag_seconds);
    set(kLastEvent, labels, seconds_of(now.last_event));
}

void Metrics::told(const Finding& finding) {
    const SeriesName series{kFindingsTotal,
                            {{"cluster", finding.cluster},
                             {"detector", finding.detector},
                             {"severity", std::string(to_string(finding.severity))}}};
    const Lock lock(measured_->mutex);
    if (measured_->exemplars.size() >= kMaxSeries && !measured_->exemplars.contains(series)) return;
    measured_->exemplars[series] = {"finding_id", finding.id, seconds_of(finding.time)};
}

void Metrics::open_incidents(const std::vector<const Incident*>& incidents) {
    std::vector<prometheus::ClientMetric> series;
    for (const Incident* incident : incidents) {
        prometheus::ClientMetric& metric = series.emplace_back();
        metric.label = {{"actor", names_in_short(incident->actors)},
                        {"cluster", incident->cluster},
                        {"detector", incident->origin.detector},
                        {"incident", incident->id},
                        {"kind", incident->lead_kind},
                        {"object", names_in_short(incident->objects)},
                        {"severity", std::string(to_string(incident->severity))}};
        metric.gauge.value = seconds_of(incident->opened);
    }
    const Lock lock(measured_->mutex);
    measured_->incidents = std::move(series);
}

void Metrics::config_reloaded(bool successful, audit::Time now) {
    reload_ok_.Set(successful ? 1 : 0);
    if (successful) reload_time_.Set(seconds_of(now));
}

Metrics::Receiver::Receiver(Metrics& metrics, const std::string& name)
    : sent(add_counter(*metrics.registry_, kSent, {{"receiver", name}})),
      dead(add_counter(*metrics.registry_, kDead, {{"receiver", name}})),
      summarised(add_counter(*metrics.registry_, kSummarised, {{"receiver", name}})),
      muted(add_counter(*metrics.registry_, kMuted, {{"receiver", name}})),
      queued(add_gauge(*metrics.registry_, kQueued, {{"receiver", name}})),
      oldest(add_gauge(*metrics.registry_, kOldest, {{"receiver", name}})),
      breaker_open(add_gauge(*metrics.registry_, kBreakerOpen, {{"receiver", name}})),
      latency(add_histogram(*metrics.registry_, kLatency, {{"receiver", name}}, kDelays)),
      metrics_(metrics),
      name_(name) {
    for (const char* reason : kFailures) {
        add_counter(*metrics.registry_, kFailed, {{"receiver", name}, {"reason", reason}});
    }
}

void Metrics::Receiver::failed(std::string_view reason) {
    const auto known = std::find(std::begin(kFailures), std::end(kFailures), reason);
    add_counter(*metrics_.registry_, kFailed,
                {{"receiver", name_}, {"reason", known != std::end(kFailures) ? *known : "local"}})
        .Increment();
}

void Metrics::Receiver::remove() {
    prometheus::Registry& registry = *metrics_.registry_;
    const auto remove_counter = [&](const Metric& metric, prometheus::Counter& counter) {
        BuildCounter().Name(metric.name).Help(metric.help).Register(registry).Remove(&counter);
    };
    const auto remove_gauge = [&](const Metric& metric, prometheus::Gauge& gauge) {
        BuildGauge().Name(metric.name).Help(metric.help).Register(registry).Remove(&gauge);
    };
    remove_counter(kSent, sent);
    remove_counter(kDead, dead);
    remove_counter(kSummarised, summarised);
    remove_counter(kMuted, muted);
    remove_gauge(kQueued, queued);
    remove_gauge(kOldest, oldest);
    remove_gauge(kBreakerOpen, breaker_open);
    BuildHistogram().Name(kLatency.name).Help(kLatency.help).Register(registry).Remove(&latency);
    for (const char* reason : kFailures) {
        remove_counter(kFailed, add_counter(registry, kFailed, {{"receiver", name_}, {"reason", reason}}));
    }
}

Metrics::Receiver& Metrics::receiver(const std::string& name) {
    const Lock lock(mutex_);
    std::unique_ptr<Receiver>& receiver = receivers_[name];
    if (!receiver) receiver = std::make_unique<Receiver>(*this, name);
    return *receiver;
}

void Metrics::forget_receiver(const std::string& name) {
    const Lock lock(mutex_);
    const auto receiver = receivers_.find(name);
    if (receiver == receivers_.end()) return;
    receiver->second->remove();
    receivers_.erase(receiver);
}

std::vector<Metrics::ReceiverNow> Metrics::receivers() {
    const Lock lock(mutex_);
    std::vector<ReceiverNow> out;
    for (const auto& [name, receiver] : receivers_) {
        out.push_back({.name = name,
                       .waiting = static_cast<uint64_t>(receiver->queued.Value()),
                       .sent = static_cast<uint64_t>(receiver->sent.Value()),
                       .dead = static_cast<uint64_t>(receiver->dead.Value()),
                       .breaker_open = receiver->breaker_open.Value() > 0,
                       .paused_until = receiver->paused_until});
    }
    return out;
}

void Metrics::write(const Metric& metric, const Labels& labels, double value) {
    const Lock lock(measured_->mutex);
    auto family = measured_->families.find(metric.name);
    if (family == measured_->families.end()) {
        if (measured_->series >= kMaxSeries) return series_refused_.Increment();
        family = measured_->families.emplace(metric.name, Measured::Family{metric, {}}).first;
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
    Exemplars exemplars;
    {
        const Lock lock(measured_->mutex);
        exemplars = measured_->exemplars;
        families.push_back({kOpened.name, kOpened.help, prometheus::MetricType::Gauge, measured_->incidents});
        for (const auto& [name, measured] : measured_->families) {
            const bool is_counter = measured.metric.type == Metric::Counter;
            prometheus::MetricFamily family{
                name,
                measured.metric.help,
                is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
                {}};
            for (const auto& [labels, value] : measured.series) {
                prometheus::ClientMetric metric;
                for (const auto& [key, text] : labels) metric.label.push_back({key, text});
                (is_counter ? metric.counter.value : metric.gauge.value) = value;
                family.metric.push_back(std::move(metric));
            }
            families.push_back(std::move(family));
        }
    }
    append_process_metrics(families);
    return write_metrics(std::move(families), format == Format::OpenMetrics, exemplars);
}

const char* Metrics::content_type(Format format) {
    return format == Format::Text ? "text/plain; version=0.0.4; charset=utf-8"
                                  : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

Metrics::Format Metrics::negotiate(std::string_view accept) {
    // Prometheus lists its preferred format first, with the highest q.
    const size_t open = accept.find("application/openmetrics-text"), plain = accept.find("text/plain");
    return open != std::string_view::npos && (plain == std::string_view::npos || open < plain)
               ? Format::OpenMetrics
               : Format::Text;
}

}  // namespace redshank
