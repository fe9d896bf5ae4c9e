#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audit/time.h"
#include "core/metric/metric_writer.h"
#include "core/mutex.h"

namespace prometheus {
class Registry;
struct MetricFamily;
}  // namespace prometheus

namespace redshank {

struct Finding;
struct Incident;

// The metrics of one source.
struct SourceMetrics {
    bool up = false, caught_up = false;
    uint64_t read_bytes = 0, lag_bytes = 0;
    uint64_t rotations = 0, truncations = 0, gaps = 0;
    uint64_t torn_lines = 0, parse_errors = 0, oversize_lines = 0, nul_bytes = 0, far_ahead = 0;
    double lag_seconds = 0;    // age of the last event, while there is more to read
    audit::Time last_event{};  // event time of the last event read
};

// All metrics on /metrics. The number of series is bounded for any input: labels are detectors, severities,
// reasons, and the sources and receivers of the configuration; metrics of detectors are capped at kMaxSeries.
// docs/metrics.md lists the names. Safe to use from every thread. Returned references live as long as this
// object; that of a receiver until forget_receiver().
class Metrics final : public MetricWriter {
    std::unique_ptr<prometheus::Registry> registry_;  // first member: the references below point into it

  public:
    static constexpr size_t kMaxSeries = 2000;

    Metrics();
    ~Metrics() override;
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // The pipeline's own metrics, looked up once.
    prometheus::Counter& events_parsed;    // redshank_events_total{outcome="parsed"}
    prometheus::Counter& events_salvaged;  // … from a torn line
    prometheus::Histogram&
        detection_delay;  // from an event's stageTimestamp until its findings are made, seconds
    // redshank_lines_skipped_total{reason} and redshank_skipped_bytes_total{reason}. At most 32 reasons;
    // further ones are counted as "other".
    void skipped(std::string_view reason, uint64_t lines, uint64_t bytes);
    void source(const std::string& name, const std::string& cluster, const SourceMetrics& now);
    // An exemplar with the finding's id for redshank_findings_total; OpenMetrics only.
    void told(const Finding& finding);
    // Takes the place of those before.
    void open_incidents(const std::vector<const Incident*>& incidents);
    void config_reloaded(bool successful, audit::Time now);

    // The metrics of one receiver; the first call for a name creates them with all reasons at 0.
    struct Receiver {
        explicit Receiver(Metrics& metrics, const std::string& name);
        prometheus::Counter& sent;        // redshank_notifications_total
        prometheus::Counter& dead;        // redshank_notifications_dead_total
        prometheus::Counter& summarised;  // redshank_notifications_summarised_total
        prometheus::Counter& muted;       // redshank_notifications_muted_total
        prometheus::Gauge& queued;        // redshank_notifications_queued
        prometheus::Gauge& oldest;        // redshank_notifications_oldest_timestamp_seconds
        prometheus::Gauge& breaker_open;  // redshank_receiver_breaker_open
        prometheus::Histogram& latency;   // redshank_notification_latency_seconds
        std::atomic<audit::Time> paused_until{audit::Time{}};  // as it asked for; Time{}: it does not
        void failed(std::string_view reason);

      private:
        friend class Metrics;
        void remove();

        Metrics& metrics_;
        std::string name_;
    };
    Receiver& receiver(const std::string& name);
    // For a receiver that is no longer configured: removes its series. They start at 0 if it comes back.
    void forget_receiver(const std::string& name);

    // The state of a receiver, for /status.
    struct ReceiverNow {
        std::string name;
        uint64_t waiting = 0, sent = 0, dead = 0;
        bool breaker_open = false;
        audit::Time paused_until{};  // the receiver asked for more than a minute; Time{}: it did not
    };
    std::vector<ReceiverNow> receivers();

    // The page, in text format 0.0.4 or OpenMetrics 1.0.
    enum class Format { Text, OpenMetrics };
    std::string serialize(Format format) const;
    static const char* content_type(Format format);
    // OpenMetrics when an Accept header prefers it.
    static Format negotiate(std::string_view accept);

  private:
    struct Measured;
    // Values of detectors and of the daemon's parts. A new series beyond kMaxSeries is refused and counted.
    void write(const Metric& metric, const Labels& labels, double value) override;

    std::unique_ptr<Measured> measured_;
    prometheus::Counter& series_refused_;
    prometheus::Gauge &reload_ok_, &reload_time_;
    Mutex mutex_;
    std::map<std::string, std::unique_ptr<Receiver>> receivers_ GUARDED_BY(mutex_);
    std::vector<std::string> skip_reasons_ GUARDED_BY(mutex_);
};

}  // namespace redshank
