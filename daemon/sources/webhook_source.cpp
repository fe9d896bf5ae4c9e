#include "daemon/sources/webhook_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/log.h"
#include "core/state/row.h"
#include "daemon/sources/line_time.h"
#include "daemon/sources/webhook_credentials.h"
#include "daemon/sources/webhook_queue.h"
#include "daemon/sources/webhook_server.h"

namespace redshank {

namespace {

constexpr size_t kReadBytes = size_t{1} << 20;

constexpr Metric kRequests{"redshank_webhook_requests_total", Metric::Counter, "cluster, source, code",
                           "Requests of API servers, by the code of the answer."};
constexpr Metric kRepeated{"redshank_webhook_repeated_bodies_total", Metric::Counter, "cluster, source",
                           "Bodies that came again, whose events were counted once."};
constexpr Metric kConnections{"redshank_webhook_connections", Metric::Gauge, "cluster, source",
                              "Connections of clients, also those that have not shown who they are."};
constexpr Metric kEvicted{"redshank_webhook_evicted_connections_total", Metric::Counter, "cluster, source",
                          "Idle connections closed to make room for others (max_connections)."};
constexpr Metric kHandshakes{"redshank_webhook_failed_handshakes_total", Metric::Counter, "cluster, source",
                             "TLS handshakes that failed: no certificate, a wrong one, or no TLS."};

// What is stored as the source's position.
struct PositionRow {
    audit::Time last_event{};  // the newest time of a body's last event

    template <class V>
    void describe(V& v) {
        v("last_event", micros(last_event));
    }
};

class WebhookSource final : public Source {
  public:
    explicit WebhookSource(WebhookSourceConfig config)
        : config_(std::move(config)),
          name_(config_.label()),
          queue_(name_, config_.queue_limit),
          server_(config_, queue_, std::make_shared<const WebhookCredentials>(config_)),
          heard_(config_.now()) {}

    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return config_.cluster; }
    int wake_fd() const override { return queue_.wake_fd(); }
    bool is_awaited() const override { return queue_.is_awaited(); }
    void load(const StateReader& state) override { queue_.load(state); }
    void save(StateWriter& state) override { queue_.save(state); }
    void committed() override { server_.durable(queue_.committed()); }
    void reload() override { server_.use(std::make_shared<const WebhookCredentials>(config_)); }

    std::string start(const std::optional<std::string>& position) override {
        if (position) last_event_ = read_row<PositionRow>(*position).value_or(PositionRow{}).last_event;
        try {
            server_.start();
        } catch (const std::exception& error) {
            throw std::runtime_error(fmt::format("source {}: {}", name_, error.what()));
        }
        status_.up = true;
        log_notice("source {}: listens at https://{}/", name_, server_.address());
        return {};
    }

    Read read(Batch& batch) override {
        batch.clear();
        batch.file = name_;
        for (const auto& body : queue_.take(kReadBytes)) {
            status_.bytes_read += body->reserved;
            for (const std::string_view event : body->events)
                batch.lines.push_back({event, static_cast<uint64_t>(event.data() - body->text.data())});
        }
        if (!batch.lines.empty()) heard(batch);
        look_for_refused(batch);
        if (batch.lines.empty()) look_for_silence(batch);
        status_.caught_up |= batch.lines.empty();
        return batch.empty() ? Read::Idle : Read::Lines;
    }

    SourceStatus status() const override {
        SourceStatus status = status_;
        status.lag_bytes = queue_.waiting_bytes();
        return status;
    }

    void measure(MetricWriter& metrics) const override;

  private:
    void heard(Batch& batch);
    void look_for_refused(Batch& batch);
    void look_for_silence(Batch& batch);
    SourceNotice notice(const char* kind, const char* what, std::string text) const {
        return {.kind = kind, .what = what, .text = std::move(text), .file = name_, .from = last_event_};
    }

    const WebhookSourceConfig config_;
    const std::string name_;
    WebhookQueue queue_;
    mutable WebhookServer server_;
    SourceStatus status_;
    WebhookSourceConfig::Clock::time_point heard_;  // of the last body, or of the start
    audit::Time last_event_{};
    std::optional<bool> is_silent_;  // whether people were told so; nothing: not known since the start
};

void WebhookSource::heard(Batch& batch) {
    last_event_ = std::max(last_event_, time_of_line(batch.lines.back().text));
    heard_ = config_.now();
    batch.position = write_row(PositionRow{last_event_});
    if (std::exchange(is_silent_, false) == false) return;
    SourceNotice over = notice("audit-log-stalled", "silent", "");
    over.over = true;
    batch.notices.push_back(std::move(over));
}

void WebhookSource::look_for_refused(Batch& batch) {
    const uint64_t bytes = server_.counts().too_large.exchange(0);
    if (bytes == 0) return;
    batch.notices.push_back(notice(
        "audit-gap", "body-too-large",
        fmt::format("An API server sent {} bytes at once to {}, more than body_limit_mb allows ({} MiB): it "
                    "tries five times and drops these events. Raise body_limit_mb and queue_limit_mb, or "
                    "give the server --audit-webhook-truncate-enabled.",
                    bytes, name_, config_.body_limit >> 20)));
}

void WebhookSource::look_for_silence(Batch& batch) {
    const auto silence = std::chrono::duration_cast<std::chrono::seconds>(config_.now() - heard_);
    if (last_event_ == audit::Time{}) return;  // nothing has ever come: nothing is expected
    if (is_silent_ == true || config_.stall_after.count() == 0 || silence < config_.stall_after) return;
    is_silent_ = true;
    batch.notices.push_back(notice(
        "audit-log-stalled", "silent",
        fmt::format("No API server has sent anything to {} for {}; an API server that works has something "
                    "to say every few seconds.",
                    name_, audit::format_duration(silence))));
}

void WebhookSource::measure(MetricWriter& metrics) const {
    const WebhookCounts& counts = server_.counts();
    for (size_t i = 0; i < counts.answers.size(); ++i) {
        metrics.set(
            kRequests,
            {{"cluster", cluster()}, {"source", name_}, {"code", std::to_string(WebhookCounts::kCodes[i])}},
            counts.answers[i].load());
    }
    metrics.set(kRepeated, {{"cluster", cluster()}, {"source", name_}}, queue_.repeated());
    metrics.set(kConnections, {{"cluster", cluster()}, {"source", name_}}, counts.connections.load());
    metrics.set(kEvicted, {{"cluster", cluster()}, {"source", name_}}, counts.evicted.load());
    metrics.set(kHandshakes, {{"cluster", cluster()}, {"source", name_}}, counts.failed_handshakes.load());
}

}  // namespace

std::unique_ptr<Source> make_webhook_source(WebhookSourceConfig config) {
    return std::make_unique<WebhookSource>(std::move(config));
}

}  // namespace redshank
