#include "daemon/daemon.h"

#include <pthread.h>
#include <unistd.h>
#include <algorithm>

#include <csignal>
#include <thread>
#include <utility>

#include "core/log.h"
#include "core/version.h"
#include "daemon/clock.h"
#include "daemon/commands/commands.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

constexpr auto kPublishEvery = 1s;  // counters to /metrics

std::unique_ptr<Store> open_store(const Config& config, const FailedStarts& failed) {
    const std::string path = config.state_file();
    auto store =
        failed.are_too_many()
            ? Store::open_anew(path, std::to_string(failed.count()) +
                                         " starts in a row ended because the state could not be used")
            : Store::open(path, Store::Mode::ReadWrite);
    if (!store->damage().empty()) log_error("{}", store->damage());
    return store;
}

HttpReply metrics_page(const Metrics& metrics, const HttpQuery& query) {
    const Metrics::Format format = Metrics::negotiate(query.accept);
    return {.content_type = Metrics::content_type(format), .body = metrics.serialize(format)};
}

}  // namespace

Daemon::Daemon(const Config& config, std::string config_file)
    : systemd_(SdNotify::from_environment()),
      failed_starts_(config.state_file()),
      store_(open_store(config, failed_starts_)),
      engine_(config.detectors),
      incidents_(config.alerts.incidents),
      sources_(make_sources(config.sources, config.file)),
      pipeline_(engine_, incidents_, sources_, store_.get(), *this, 1, wall_clock, config.ledger_hours),
      health_(config.cluster, metrics_, pipeline_, engine_, incidents_, sources_, *store_),
      delivery_(delivery_config(config), metrics_),
      reload_(std::move(config_file), delivery_, systemd_,
              [this](bool successful) {
                  health_.reloaded(successful);
                  const char* status =
                      successful ? "reading" : "reading; the last reload failed, see the journal";
                  is_ready_ ? systemd_.ready(status) : systemd_.status(status);
              }),
      http_(config.http,
            {{"/metrics", [this](const HttpQuery& query) { return metrics_page(metrics_, query); }},
             {"/healthz", [this](const HttpQuery&) { return health_.healthz(); }},
             {"/readyz", [this](const HttpQuery&) { return health_.readyz(); }},
             {"/status", [this](const HttpQuery& query) { return status_page(query); }}},
            {{"/-/reload", [this](const HttpQuery& query) { return reload_page(query); }}}),
      reload_from_(config.http.reload) {
    const HttpServer::Guard guard = http_.guard();
    if (!http_.is_loopback() && !guard.has_tls && !guard.wants_password) warn_of_wide_listener(config.http);
    // A rate needs the 0 before the first finding.
    for (const SourceConfig& source : config.sources) ToldCounts{}.measure(metrics_, source.cluster);
}

Daemon::~Daemon() = default;

int Daemon::run() {
    const char* scheme = http_.guard().has_tls ? "https" : "http";
    delivery_.start();
    http_.start();
    std::thread pipeline([this] { run_pipeline(); });
    log_notice("version {}: metrics at {}://{}/metrics, health at /healthz, /readyz and /status", version(),
               scheme, http_.address());
    for (auto request = Signals::Request::None; request != Signals::Request::Stop;) {
        request = signals_.wait(1h);
        if (request == Signals::Request::Reload) reload_.read(signals_);
    }
    systemd_.stopping();
    stop_.request();
    pipeline.join();
    delivery_.stop();
    http_.stop();
    if (!failed_) log_notice("stopped");
    return failed_ ? kFailed : kDone;
}

void Daemon::run_pipeline() {
    pthread_setname_np(pthread_self(), "pipeline");
    try {
        pipeline_.run(stop_);
    } catch (const StateError& error) {
        failed_starts_.add();
        fail(error);
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
    if (has_started_ && !is_ready_ && health_.has_opened_all()) {
        is_ready_ = true;
        reload_.started();
        status_ = "reading";
    }
    std::string status = health_.status_line();
    if (status == status_) return;
    systemd_.status(status);
    status_ = std::move(status);
}

// From here on nothing is lost, even when the daemon is killed. If the state cannot be written, committed()
// and /readyz have said so, and reading and reporting go on.
void Daemon::started() {
    failed_starts_.forget();
    has_started_ = true;
}

void Daemon::told(const News& news) {
    using namespace std::chrono;
    uncommitted_.push_back(news);
    if (!news.finding) return;
    metrics_.told(*news.finding);
    const duration<double> delay = system_clock::now() - news.finding->time;
    metrics_.detection_delay.Observe(std::max(0.0, delay.count()));  // an API server's clock may be ahead
}

void Daemon::committed(bool durable) {
    if (health_.set_durable(durable)) {
        if (durable) {
            log_notice("the state can be written again, nothing of it is lost");
        } else {
            log_error("the state cannot be written, it waits in memory: {}", store_->problem());
        }
    }
    std::vector<News> news = std::exchange(uncommitted_, {});
    if (news.empty()) return;
    delivery_.hand_over(std::move(news), durable);  // people must hear of them all the same
}

void Daemon::turned() {
    health_.turned(delivery_.can_read_state());
    reload_.hand_over(engine_, incidents_, sources_);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_publish_) {
        if (!is_ready_) announce();
        return;
    }
    next_publish_ = now + kPublishEvery;
    health_.publish();
    announce();
    systemd_.watchdog();
}

HttpReply Daemon::status_page(const HttpQuery& query) {
    if (query.has_own_host) return health_.status();
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
