#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/delivery/delivery.h"
#include "daemon/health.h"
#include "daemon/http/server.h"
#include "daemon/pipeline.h"
#include "daemon/reload.h"
#include "daemon/sd_notify.h"
#include "daemon/signals.h"
#include "daemon/store/failed_starts.h"
#include "daemon/store/store.h"
#include "exporters/metrics.h"

namespace redshank {

// `redshank run`: makes the parts, joins them, and takes them down in reverse order. The calling thread only
// waits for signals; the work is done by the threads pipeline, delivery and http.
class Daemon : private PipelineListener {
  public:
    // Opens the store, the sources, the receivers and the port. Throws ConfigError, ReceiverError, RuleError
    // or std::runtime_error; nothing has been started then. `config_file` is read again on SIGHUP; "" when
    // there is none.
    Daemon(const Config& config, std::string config_file);
    ~Daemon() override;

    // Until SIGTERM or SIGINT, which come before any SIGHUP. SIGHUP reloads (daemon/reload.h), at most once a
    // second. Returns the exit status.
    int run();

  private:
    void started() override;
    void told(const News& news) override;
    void committed(bool durable) override;
    void turned() override;

    void run_pipeline();
    void fail(const std::exception& error);
    void announce();
    HttpReply status_page(const HttpQuery& query);
    HttpReply reload_page(const HttpQuery& query) const;
    void warn_of_wide_listener(const HttpConfig& config) const;

    Signals signals_;  // first: every thread made later inherits the mask
    SdNotify systemd_;
    const FailedStarts failed_starts_;
    Metrics metrics_;
    std::unique_ptr<Store> store_;
    Engine engine_;
    IncidentBook incidents_;
    std::vector<std::unique_ptr<Source>> sources_;
    Pipeline pipeline_;
    Health health_;
    Delivery delivery_;
    Reload reload_;
    HttpServer http_;
    StopSignal stop_;

    const std::string reload_from_;  // [http] reload

    // Pipeline thread only.
    std::vector<News> uncommitted_;  // reported since the last commit; needed when that commit fails
    std::chrono::steady_clock::time_point next_publish_{};
    bool has_started_ = false;        // its first positions are committed
    std::string status_ = "reading";  // what systemd was told last

    std::atomic<bool> is_ready_ = false;  // systemd was told so
    std::atomic<bool> failed_ = false;    // the pipeline ended by itself
};

}  // namespace redshank
