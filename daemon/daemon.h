#pragma once

#include <atomic>
#include <exception>
#include <string>

#include "daemon/config/config.h"
#include "daemon/http/server.h"
#include "daemon/pages/site.h"
#include "daemon/reload.h"
#include "daemon/sd_notify.h"
#include "daemon/signals.h"
#include "daemon/works.h"

namespace redshank {

// `redshank run`: the works (daemon/works.h) with signals, threads and a port. The calling thread only waits
// for signals; the work is done by the threads pipeline, delivery and http.
class Daemon {
  public:
    // Opens the store, the sources, the receivers and the port. Throws ConfigError, ReceiverError, RuleError
    // or std::runtime_error; nothing has been started then. `config_file` is read again on SIGHUP; "" when
    // there is none.
    Daemon(const Config& config, std::string config_file);
    ~Daemon();

    // Until SIGTERM or SIGINT, which come before any SIGHUP. SIGHUP reloads (daemon/reload.h), at most once a
    // second. Returns the exit status.
    int run();

  private:
    void run_pipeline();
    void turned(bool is_published, PipelineListener::Turn turn);
    void fail(const std::exception& error);
    void announce();
    HttpSite site(const Config& config) const;
    HttpReply status_page(const HttpQuery& query);
    HttpReply reload_page(const HttpQuery& query) const;
    void warn_of_wide_listener(const HttpConfig& config) const;

    Signals signals_;  // first: every thread made later inherits the mask
    SdNotify systemd_;
    Works works_;
    Reload reload_;
    PageSite pages_;
    HttpServer http_;
    StopSignal stop_;

    const bool gives_way_;           // to a worker that goes on under its name
    const std::string reload_from_;  // [http] reload
    const bool has_pages_;

    std::string status_ = "reading";  // what systemd was told last; the pipeline's thread only

    std::atomic<bool> is_ready_ = false;  // systemd was told so
    std::atomic<bool> failed_ = false;    // the pipeline ended by itself
};

}  // namespace redshank
