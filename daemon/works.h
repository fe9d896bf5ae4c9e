#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/delivery/delivery.h"
#include "daemon/fleet/state_publisher.h"
#include "daemon/health.h"
#include "daemon/pipeline.h"
#include "daemon/store/failed_starts.h"
#include "daemon/store/store.h"
#include "exporters/metrics.h"

namespace redshank {

// The daemon without its signals, its threads and its port: the parts that read, judge, keep, tell and
// deliver, joined. Daemon (daemon.h) drives it with a thread for the pipeline and one for delivery, and so do
// tests with one thread for both.
class Works : private PipelineListener {
  public:
    // Opens the store, the sources and the receivers. Throws as Daemon does.
    explicit Works(const Config& config, std::unique_ptr<Transport> transport = make_transport());
    ~Works() override;

    // Called at the end of each turn of the pipeline, on its thread; `is_published`: the figures of /metrics
    // and the answers of /readyz are new.
    void on_turn(std::function<void(bool is_published, Turn turn)> call) { on_turn_ = std::move(call); }

    // As those of the pipeline, with failed starts counted.
    void run(const StopSignal& stop);
    void begin();
    Source::Read step() { return pipeline_.step(); }
    void end() { pipeline_.end(); }

    // Its first positions are committed. The pipeline's thread.
    bool has_started() const { return has_started_; }
    Engine& engine() { return engine_; }
    IncidentBook& incidents() { return incidents_; }
    const std::vector<std::unique_ptr<Source>>& sources() const { return sources_; }
    const Store& store() const { return *store_; }
    Metrics& metrics() { return metrics_; }
    Health& health() { return health_; }
    Delivery& delivery() { return delivery_; }
    StatePublisher* publisher() { return publisher_.get(); }  // null without a state_topic

  private:
    void started() override;
    void told(const News& news) override;
    void committed(bool durable) override;
    void turned(Turn turn) override;

    const FailedStarts failed_starts_;
    Metrics metrics_;
    std::unique_ptr<StateLog> state_log_;  // null without a state_topic
    const TakenState taken_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StatePublisher> publisher_;
    Engine engine_;
    IncidentBook incidents_;
    std::vector<std::unique_ptr<Source>> sources_;
    Pipeline pipeline_;
    Health health_;
    Delivery delivery_;
    std::function<void(bool, Turn)> on_turn_;

    // Pipeline thread only.
    std::vector<News> uncommitted_;  // reported since the last commit; needed when that commit fails
    std::chrono::steady_clock::time_point next_publish_{};
    bool has_started_ = false;
    uint64_t copies_ = 0;  // of the state, which the sources know of
};

}  // namespace redshank
