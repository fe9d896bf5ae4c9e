#pragma once

#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "daemon/config/config.h"
#include "daemon/delivery/delivery.h"
#include "daemon/http/server.h"
#include "daemon/pipeline.h"
#include "daemon/sd_notify.h"
#include "daemon/status.h"
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

    // Until SIGTERM or SIGINT. SIGHUP reads rules, `suppress`, receivers with their secrets, and [alerts]
    // again; a mistake in any of them keeps everything as it was and is reported. Returns the exit status.
    int run();

  private:
    void started() override;
    void told(const Finding& finding) override;
    void committed(bool durable) override;
    void turned() override;

    void run_pipeline();
    void request_reload();
    void reload_detectors();
    void reloaded(uint64_t number, bool successful);
    void publish_counts();
    void publish_sources();
    HttpReply healthz() const;
    std::vector<std::string> problems() const;
    HttpReply readyz() const;
    HttpReply status();
    HttpReply reload_page(const HttpQuery& query) const;
    void warn_of_wide_listener(const HttpConfig& config) const;

    const sigset_t signals_;  // first: every thread made later inherits the mask
    SdNotify systemd_;
    Metrics metrics_;
    std::unique_ptr<Store> store_;
    Engine engine_;
    std::vector<std::unique_ptr<Source>> sources_;
    Pipeline pipeline_;
    Delivery delivery_;
    HttpServer http_;
    StopSignal stop_;

    const std::string config_file_;
    const std::string reload_from_;  // [http] reload
    struct Reload {
        uint64_t number = 0;
        DetectorConfig detectors;
    };
    std::mutex reload_mutex_;         // guards the two below
    std::unique_ptr<Reload> reload_;  // checked, with its rules read: from SIGHUP to the pipeline thread
    uint64_t reloads_ = 0;            // the number of the newest; how an older one went is no longer said

    std::mutex status_mutex_;
    DaemonStatus status_;  // guarded by status_mutex_; what /status adds by itself is not in it

    // Pipeline thread only.
    PipelineCounts published_;          // what the metrics have seen of the counts
    std::vector<Finding> uncommitted_;  // told since the last commit, for when it fails
    std::chrono::steady_clock::time_point next_publish_{};

    // Written by the pipeline thread, read by the http thread.
    std::atomic<std::chrono::steady_clock::rep> last_turn_;
    std::atomic<bool> caught_up_ = false, sources_up_ = false, durable_ = true, failed_ = false;
};

}  // namespace redshank
