#include "daemon/daemon.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/log.h"
#include "core/version.h"
#include "daemon/clock.h"
#include "daemon/commands/commands.h"
#include "daemon/fleet/stand_in.h"
#include "daemon/http/endpoint.h"
#include "daemon/http/listener.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

HttpReply metrics_page(const Metrics& metrics, const HttpQuery& query) {
    const Metrics::Format format = Metrics::negotiate(query.accept);
    return {.content_type = Metrics::content_type(format), .body = metrics.serialize(format)};
}

}  // namespace

Daemon::Daemon(const Config& config, std::string config_file)
    : systemd_(SdNotify::from_environment()),
      works_(config),
      reload_(std::move(config_file), config.detectors, works_.delivery(), systemd_,
              [this](bool successful) {
                  works_.health().reloaded(successful);
                  const char* status =
                      successful ? "reading" : "reading; the last reload failed, see the journal";
                  is_ready_ ? systemd_.ready(status) : systemd_.status(status);
              }),
      pages_(config.pages, {.state_file = config.state_file(),
                            .detectors = [this] { return reload_.in_force(); },
                            .sources = config.sources,
                            .status = [this] { return works_.health().now(); },
                            .now = wall_clock}),
      http_(config.http,
            {{"/metrics", [this](const HttpQuery& query) { return metrics_page(works_.metrics(), query); }},
             {"/healthz", [this](const HttpQuery&) { return works_.health().healthz(); }},
             {"/readyz", [this](const HttpQuery&) { return works_.health().readyz(); }},
             {"/status", [this](const HttpQuery& query) { return status_page(query); }}},
            {{"/-/reload", [this](const HttpQuery& query) { return reload_page(query); }}}, site(config)),
      gives_way_(gives_way(config)),
      reload_from_(config.http.reload),
      has_pages_(site(config).has != nullptr) {
    const HttpServer::Guard guard = http_.guard();
    if (!http_.is_loopback() && !guard.has_tls && !guard.wants_password) warn_of_wide_listener(config.http);
    works_.on_turn([this](bool is_published, PipelineListener::Turn turn) { turned(is_published, turn); });
}

Daemon::~Daemon() = default;

int Daemon::run() {
    const char* scheme = http_.guard().has_tls ? "https" : "http";
    works_.delivery().start();
    if (works_.publisher()) works_.publisher()->start();
    http_.start();
    std::thread pipeline([this] { run_pipeline(); });
    log_notice("version {}: metrics at {}://{}/metrics, health at /healthz, /readyz and /status", version(),
               scheme, http_.address());
    if (has_pages_) log_notice("pages for people at {}://{}/", scheme, http_.address());
    for (auto request = Signals::Request::None; request != Signals::Request::Stop;) {
        request = signals_.wait(1h);
        if (request == Signals::Request::Reload) reload_.read(signals_);
    }
    systemd_.stopping();
    stop_.request();
    pipeline.join();
    works_.delivery().stop();
    if (works_.publisher()) works_.publisher()->stop();
    http_.stop();
    if (!failed_) log_notice("stopped");
    return failed_ ? kFailed : kDone;
}

void Daemon::run_pipeline() {
    pthread_setname_np(pthread_self(), "pipeline");
    try {
        works_.run(stop_);
    } catch (const std::exception& error) {
        fail(error);
    }
}

void Daemon::fail(const std::exception& error) {
    log_error("{}", error.what());
    failed_ = true;
    ::kill(::getpid(), SIGTERM);  // wakes run()
}

// systemd gets READY=1 once every source has been open, and at any time the status says which source cannot
// be read. A log that was never there keeps the unit "activating"; other sources are read all the while.
void Daemon::announce() {
    if (works_.has_started() && !is_ready_ && works_.health().has_opened_all()) {
        is_ready_ = true;
        reload_.started();
        status_ = "reading";
    }
    std::string status = works_.health().status_line();
    if (status == status_) return;
    systemd_.status(status);
    status_ = std::move(status);
}

void Daemon::turned(bool is_published, PipelineListener::Turn turn) {
    // Between two lines of a batch nothing may change under it.
    if (turn == PipelineListener::Turn::Whole)
        reload_.hand_over(works_.engine(), works_.incidents(), works_.sources());
    if (gives_way_ && works_.publisher() && works_.publisher()->is_lost() && !failed_)
        fail(std::runtime_error(
            "another worker goes on under this one's name (a worker that is back, or a spare); "
            "ends, to begin anew"));
    if (is_published || !is_ready_) announce();
    if (is_published) systemd_.watchdog();
}

// Beyond loopback there are none unless somebody wants them.
HttpSite Daemon::site(const Config& config) const {
    const auto endpoint = parse_endpoint(config.http.listen);
    const bool is_near = endpoint && is_loopback_address(endpoint->address());
    if (config.pages.serve == "never" || (config.pages.serve == "loopback" && !is_near)) return {};
    return {PageSite::has, [this](const HttpQuery& query) { return pages_.answer(query); }};
}

HttpReply Daemon::status_page(const HttpQuery& query) {
    if (query.has_own_host) return works_.health().status();
    return {.status = 403, .body = "/status wants an address or localhost as Host\n"};
}

HttpReply Daemon::reload_page(const HttpQuery& query) const {
    if (reload_from_ == "off" || (reload_from_ == "loopback" && !query.from_loopback)) {
        return {.status = 403, .body = "not from here: [http] reload = \"" + reload_from_ + "\"\n"};
    }
    ::kill(::getpid(), SIGHUP);
    return {.status = 202,
            .body = "reloading; redshank_config_last_reload_successful and /status say how it went\n"};
}

void Daemon::warn_of_wide_listener(const HttpConfig& config) const {
    log_warning(
        "http.listen {} can be reached by others, and there is neither TLS nor a password: whoever "
        "can connect sees names of receivers, rules and custom resources{}; listen on 127.0.0.1, or name a "
        "web_config_file "
        "(docs/http.md)",
        config.listen, config.reload == "any" ? ", and may make redshank reload" : "");
}

}  // namespace redshank
