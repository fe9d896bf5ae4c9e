#include "daemon/daemon.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "daemon/commands/commands.h"
#include "daemon/sources/file_source.h"
#include "rules/loader.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPublishEvery = 1s;  // counters to /metrics
constexpr auto kStuckAfter = 30s;   // a loop that has not turned for so long is not healthy

// Signals are taken by run() alone.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

audit::Time wall_clock() {
    return std::chrono::floor<audit::Duration>(std::chrono::system_clock::now());
}

std::unique_ptr<Store> open_store(const Config& config) {
    auto store = Store::open(config.state_file(), Store::Mode::ReadWrite);
    if (!store->damage().empty()) std::fprintf(stderr, "redshank: %s\n", store->damage().c_str());
    return store;
}

void measure_store(const StoreCounts& counts, MetricWriter& metrics) {
    const auto count = [&](std::string_view name, const MetricWriter::Labels& labels, uint64_t value) {
        metrics.counter(name, labels, static_cast<double>(value));
    };
    count("redshank_state_commits_total", {{"result", "done"}}, counts.commits);
    count("redshank_state_commits_total", {{"result", "failed"}}, counts.failed_commits);
    count("redshank_state_evictions_total", {{"table", "found"}}, counts.findings_evicted);
    count("redshank_state_evictions_total", {{"table", "outbox"}}, counts.outbox_evicted);
    count("redshank_state_evictions_total", {{"table", "uncommitted"}}, counts.pending_dropped);
}

HttpReply metrics_page(const Metrics& metrics, const HttpQuery& query) {
    const Metrics::Format format = Metrics::negotiate(query.accept);
    return {.content_type = Metrics::content_type(format), .body = metrics.serialize(format)};
}

// How old the last event is while there is more to read.
double lag_of(const SourceStatus& status, const SourceCounts& counts) {
    if (status.lag_bytes == 0 || counts.last_event == audit::Time{}) return 0;
    const std::chrono::duration<double> age = std::chrono::system_clock::now() - counts.last_event;
    return std::max(0.0, age.count());
}

Delivery::Config delivery_config(const Config& config) {
    return {.alerts = config.alerts,
            .receivers = config.receivers,
            .cluster = config.cluster,
            .store = config.state_file()};
}

std::vector<std::unique_ptr<Source>> make_sources(const Config& config) {
    std::vector<std::unique_ptr<Source>> sources;
    for (const SourceConfig& source : config.sources) {
        FileSourceConfig file{.path = source.path, .cluster = source.cluster};
        if (source.start == "end") file.start = FileSourceConfig::Start::End;
        if (source.start == "oldest") file.start = FileSourceConfig::Start::Oldest;
        file.inotify = source.inotify;
        file.stall_after = std::chrono::duration_cast<std::chrono::seconds>(source.stall_after);
        file.max_size = static_cast<uint64_t>(source.max_size_mb) << 20;
        file.line_limit = source.line_limit();
        sources.push_back(make_file_source(file));
    }
    if (sources.empty())
        throw ConfigError("no source is configured; add a [[source]] with the path of the audit log");
    return sources;
}

}  // namespace

Daemon::Daemon(const Config& config, std::string config_file)
    : signals_(block_signals()),
      systemd_(SdNotify::from_environment()),
      store_(open_store(config)),
      engine_(config.detectors),
      sources_(make_sources(config)),
      pipeline_(engine_, sources_, store_.get(), *this),
      delivery_(delivery_config(config), metrics_),
      http_(config.http,
            {{"/metrics", [this](const HttpQuery& query) { return metrics_page(metrics_, query); }},
             {"/healthz", [this](const HttpQuery&) { return healthz(); }},
             {"/readyz", [this](const HttpQuery&) { return readyz(); }},
             {"/status", [this](const HttpQuery&) { return status(); }}},
            {{"/-/reload", [this](const HttpQuery& query) { return reload_page(query); }}}),
      config_file_(std::move(config_file)),
      reload_from_(config.http.reload),
      last_turn_(Clock::now().time_since_epoch().count()) {
    status_.started = wall_clock();
    status_.cluster = config.cluster;
    if (!http_.is_loopback()) warn_of_wide_listener(config.http);
}

Daemon::~Daemon() = default;

int Daemon::run() {
    delivery_.start();
    http_.start();
    std::thread pipeline([this] { run_pipeline(); });
    std::fprintf(stderr,
                 "redshank %s: metrics at http://%s/metrics, health at /healthz, /readyz and /status\n",
                 REDSHANK_VERSION, http_.address().c_str());
    for (int signal = 0; signal != SIGTERM && signal != SIGINT;) {
        sigwait(&signals_, &signal);
        if (signal == SIGHUP) request_reload();
    }
    systemd_.stopping();
    stop_.request();
    pipeline.join();
    delivery_.stop();
    http_.stop();
    return failed_ ? kFailed : kDone;
}

void Daemon::run_pipeline() {
    pthread_setname_np(pthread_self(), "pipeline");
    try {
        pipeline_.run(stop_);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "redshank: %s\n", error.what());
        failed_ = true;
        ::kill(::getpid(), SIGTERM);  // wakes run()
    }
}

// All or nothing: the whole configuration is tried before any of it is taken.
void Daemon::request_reload() {
    uint64_t number = 0;
    {
        const std::lock_guard lock(reload_mutex_);
        number = ++reloads_;
        systemd_.reloading();
    }
    if (config_file_.empty()) return reloaded(number, true);
    try {
        Config config = load_config(config_file_);
        config.detectors.loaded_rules = rules::load_rules(config.detectors.rules);
        make_detectors(config.detectors);
        delivery_.reload(delivery_config(config));
        const std::lock_guard lock(reload_mutex_);
        reload_ = std::make_unique<Reload>(Reload{number, std::move(config.detectors)});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        reloaded(number, false);
        std::fprintf(stderr, "redshank: not reloaded, the old configuration stays\n");
    }
}

void Daemon::reload_detectors() {
    std::unique_ptr<Reload> reload;
    {
        const std::lock_guard lock(reload_mutex_);
        reload = std::move(reload_);
    }
    if (!reload) return;
    try {
        engine_.reload(reload->detectors);
        reloaded(reload->number, true);
    } catch (const std::exception& error) {
        reloaded(reload->number, false);
        std::fprintf(stderr, "%s\nredshank: not reloaded, the old rules stay\n", error.what());
    }
}

void Daemon::reloaded(uint64_t number, bool successful) {
    const std::lock_guard reload_lock(reload_mutex_);
    if (number != reloads_) return;
    metrics_.config_reloaded(successful, wall_clock());
    {
        const std::lock_guard lock(status_mutex_);
        status_.reload_successful = successful;
        status_.reloaded = wall_clock();
    }
    systemd_.ready(successful ? "reading" : "reading; the last reload failed, see the journal");
}

// From here on nothing is lost, also when killed; unless the state cannot be written, which committed() and
// /readyz have said then: to read and to tell goes on all the same.
void Daemon::started() {
    reloaded(0, true);
}

void Daemon::told(const Finding& finding) {
    using namespace std::chrono;
    metrics_.found(finding);
    metrics_.detection_delay.Observe(duration<double>(system_clock::now() - finding.time).count());
    uncommitted_.push_back(finding);
}

void Daemon::committed(bool durable) {
    if (durable_.exchange(durable) != durable) {
        if (durable) {
            std::fprintf(stderr, "redshank: the state can be written again, nothing of it is lost\n");
        } else {
            std::fprintf(stderr, "redshank: the state cannot be written, it waits in memory: %s\n",
                         store_->problem().c_str());
        }
    }
    std::vector<Finding> findings = std::exchange(uncommitted_, {});
    if (findings.empty()) return;
    delivery_.hand_over(std::move(findings), durable);  // people must hear of them all the same
}

void Daemon::turned() {
    const auto now = Clock::now();
    last_turn_ = now.time_since_epoch().count();
    reload_detectors();
    if (now < next_publish_) return;
    next_publish_ = now + kPublishEvery;
    publish_counts();
    systemd_.watchdog();
}

void Daemon::publish_counts() {
    const PipelineCounts& counts = pipeline_.counts();
    metrics_.events_parsed.Increment(
        static_cast<double>(counts.events - counts.salvaged - published_.events + published_.salvaged));
    metrics_.events_salvaged.Increment(static_cast<double>(counts.salvaged - published_.salvaged));
    for (const auto& [reason, lines] : counts.lines_skipped) {
        metrics_.skipped(reason, lines - published_.lines_skipped[reason],
                         counts.bytes_skipped.at(reason) - published_.bytes_skipped[reason]);
    }
    published_ = counts;
    publish_sources();
    engine_.measure(metrics_);
    measure_store(store_->counts(), metrics_);
    for (const auto& [table, rows] : pipeline_.unusable_rows()) {
        metrics_.counter("redshank_state_rows_unusable_total", {{"table", table}}, static_cast<double>(rows));
    }
}

void Daemon::publish_sources() {
    bool up = true, caught_up = true;
    std::vector<DaemonStatus::Source> all;
    for (const auto& source : sources_) {
        const SourceStatus status = source->status();
        up &= status.up;
        caught_up &= status.caught_up;
        const SourceCounts& counts = published_.sources[source->name()];
        const SourceMetrics now{
            .up = status.up,
            .caught_up = status.caught_up,
            .read_bytes = status.bytes_read,
            .lag_bytes = status.lag_bytes,
            .rotations = status.rotations,
            .truncations = status.truncations,
            .gaps = status.gaps,
            .torn_lines = counts.torn,
            .parse_errors = counts.parse_errors,
            .oversize_lines = status.oversize_lines,
            .nul_bytes = status.nul_bytes,
            .lag_seconds = lag_of(status, counts),
            // Before the first event since the start: of all sources.
            .last_event = counts.last_event == audit::Time{} ? engine_.now() : counts.last_event};
        metrics_.source(source->name(), now);
        all.push_back({source->name(), now});
    }
    {
        const std::lock_guard lock(status_mutex_);
        status_.sources = std::move(all);
    }
    sources_up_ = up;
    caught_up_ = caught_up;
}

HttpReply Daemon::healthz() const {
    const auto idle = Clock::now() - Clock::time_point{Clock::duration{last_turn_}};
    if (idle < kStuckAfter) return {.body = "ok\n"};
    return {.status = 503, .body = fmt::format("the pipeline has not turned for {} s\n", idle / 1s)};
}

std::vector<std::string> Daemon::problems() const {
    std::vector<std::string> out;
    if (!sources_up_) out.emplace_back("a source cannot be read");
    if (!caught_up_) out.emplace_back("catching up with the log");
    if (!durable_) out.emplace_back("the state cannot be written and waits in memory; the log says why");
    return out;
}

HttpReply Daemon::readyz() const {
    std::string lines;
    for (const std::string& problem : problems()) lines += problem + "\n";
    return lines.empty() ? HttpReply{.body = "ok\n"} : HttpReply{.status = 503, .body = lines};
}

HttpReply Daemon::status() {
    DaemonStatus now;
    {
        const std::lock_guard lock(status_mutex_);
        now = status_;
    }
    now.problems = problems();
    now.receivers = metrics_.receivers();
    return {.content_type = "application/json", .body = to_json(now, wall_clock()) + "\n"};
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
    std::fprintf(
        stderr,
        "redshank: http.listen %s can be reached by others, and there is neither TLS nor a password: whoever "
        "can connect sees names of receivers, rules and custom resources%s; listen on 127.0.0.1 and put a "
        "proxy before it\n",
        config.listen.c_str(), config.reload == "any" ? ", and may make redshank reload" : "");
}

}  // namespace redshank
