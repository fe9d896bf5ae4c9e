#include "daemon/health.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/log.h"
#include "core/metric/evictions.h"
#include "core/metric/unusable_rows.h"
#include "daemon/clock.h"
#include "daemon/source_problem.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

constexpr size_t kIncidentsShown = 50;
constexpr auto kMeasureIdleEvery = 60s;
constexpr auto kStuckAfter = 30s;  // a loop that has not turned for so long is not healthy

constexpr Metric kCommits{"redshank_state_commits_total", Metric::Counter, "result",
                          "Transactions of the state, by result (done, failed)."};

void measure_store(const StoreCounts& counts, MetricWriter& metrics) {
    metrics.set(kCommits, {{"result", "done"}}, counts.commits);
    metrics.set(kCommits, {{"result", "failed"}}, counts.failed_commits);
    count_evictions(metrics, "found", counts.findings_evicted);
    count_evictions(metrics, "outbox", counts.outbox_evicted);
    count_evictions(metrics, "uncommitted", counts.pending_dropped);
}

// How old the last event is while there is more to read.
double lag_of(const SourceStatus& status, const SourceCounts& counts) {
    if (status.lag_bytes == 0 || counts.last_event == audit::Time{}) return 0;
    const std::chrono::duration<double> age = std::chrono::system_clock::now() - counts.last_event;
    return std::max(0.0, age.count());
}

}  // namespace

Health::Health(std::string cluster, Metrics& metrics, const Pipeline& pipeline, const Engine& engine,
               const IncidentBook& incidents, const Sources& sources, const Store& store)
    : metrics_(metrics),
      pipeline_(pipeline),
      engine_(engine),
      incidents_(incidents),
      sources_(sources),
      store_(store) {
    status_.started = wall_clock();
    status_.cluster = std::move(cluster);
}

void Health::turned(bool delivery_reads_state) {
    delivery_reads_state_ = delivery_reads_state;
    last_turn_ = Clock::now().time_since_epoch().count();
}

bool Health::set_durable(bool durable) {
    return durable_.exchange(durable) != durable;
}

void Health::reloaded(bool successful) {
    is_reloaded_ = true;
    metrics_.config_reloaded(successful, wall_clock());
    const Lock lock(mutex_);
    status_.reload_successful = successful;
    status_.reloaded = wall_clock();
}

void Health::publish() {
    std::vector<SourceStatus> statuses;
    for (const auto& source : sources_) {
        source->measure(metrics_);
        statuses.push_back(source->status());
    }
    if (is_new(statuses)) publish_read(std::move(statuses));
    if (may_have_changed()) measure_parts();
}

// While nothing is read and every source is as it was, they say what they said. Only how far one lags behind
// grows by itself.
bool Health::is_new(const std::vector<SourceStatus>& statuses) const {
    const PipelineCounts& counts = pipeline_.counts();
    return counts.batches != published_.batches || counts.events != published_.events ||
           counts.bytes != published_.bytes || statuses != statuses_ ||
           std::any_of(statuses.begin(), statuses.end(),
                       [](const SourceStatus& status) { return status.lag_bytes > 0; });
}

void Health::publish_read(std::vector<SourceStatus> statuses) {
    const PipelineCounts& counts = pipeline_.counts();
    statuses_ = std::move(statuses);
    metrics_.events_parsed.Increment(
        static_cast<double>(counts.events - counts.salvaged - published_.events + published_.salvaged));
    metrics_.events_salvaged.Increment(static_cast<double>(counts.salvaged - published_.salvaged));
    for (const auto& [reason, lines] : counts.lines_skipped) {
        metrics_.skipped(reason, lines - published_.lines_skipped[reason],
                         counts.bytes_skipped.at(reason) - published_.bytes_skipped[reason]);
    }
    published_ = counts;
    publish_sources();
}

// While nothing is read, committed, reloaded or heard of commands, the parts say what they said. To ask them
// all, for a thousand series, takes a million and a half instructions.
bool Health::may_have_changed() {
    const auto now = Clock::now();
    const StoreCounts store = store_.counts();
    const std::array seen{published_.events, published_.bytes, store.commits + store.failed_commits,
                          pipeline_.counts().heard};
    const bool is_reloaded = is_reloaded_.exchange(false);
    if (!is_reloaded && seen == measured_ && now - measured_at_ < kMeasureIdleEvery) return false;
    measured_ = seen;
    measured_at_ = now;
    return true;
}

void Health::measure_parts() {
    engine_.measure(metrics_);
    incidents_.measure(metrics_);
    metrics_.open_incidents(incidents_.gravest_open(kIncidentsShown));
    measure_store(store_.counts(), metrics_);
    count_unusable(metrics_, pipeline_.unusable_rows());
}

void Health::publish_sources() {
    bool caught_up = true;
    std::vector<std::string> problems;
    std::vector<DaemonStatus::Source> all;
    for (size_t i = 0; i < sources_.size(); ++i) {
        const auto& source = sources_[i];
        const SourceStatus& status = statuses_[i];
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
            .far_ahead = counts.far_ahead,
            .lag_seconds = lag_of(status, counts),
            // Before the first event since the start: of all sources.
            .last_event = counts.last_event == audit::Time{} ? engine_.now() : counts.last_event};
        metrics_.source(source->name(), source->cluster(), now);
        if (std::string problem = source_problem(source->name(), status, counts); !problem.empty())
            problems.push_back(std::move(problem));
        all.push_back({source->name(), now});
    }
    say(problems);
    const std::string waiting = waiting_words();
    bool waits_anew = false;
    {
        const Lock lock(mutex_);
        waits_anew = waiting_.empty() && !waiting.empty();
        waiting_ = waiting;
        status_.sources = std::move(all);
        source_problems_ = std::move(problems);
    }
    if (waits_anew) log_notice("{}", waiting);
    caught_up_ = caught_up;
}

bool Health::has_opened_all() {
    for (const auto& source : sources_) {
        if (!opened_.contains(source->name()) && source->status().up) opened_.insert(source->name());
    }
    return opened_.size() == sources_.size();
}

// The first of the problems, else what is read.
std::string Health::status_line() {
    if (said_.size() > 1)
        return fmt::format("{} (and {} more, see /readyz)", said_.front(), said_.size() - 1);
    if (!said_.empty()) return said_.front();
    const std::string pauses = pause_words();
    const Lock lock(mutex_);
    return (waiting_.empty() ? "reading" : waiting_) + pauses;
}

// Nothing at all came yet. A new cluster's log may be that quiet for a moment; one that stays so is the wrong
// file.
std::string Health::waiting_words() const {
    std::string names;
    for (size_t i = 0; i < sources_.size(); ++i) {
        const SourceStatus& now = statuses_[i];
        if (!now.up || !now.caught_up || now.bytes_read > 0) return {};
        names += (names.empty() ? "" : ", ") + sources_[i]->name();
    }
    return names.empty() ? ""
                         : "waiting: nothing was written to " + names +
                               " since the start; if it stays so: does the API server write there "
                               "(--audit-log-path)? `redshank doctor` says";
}

// Each problem once, when it begins.
void Health::say(const std::vector<std::string>& problems) {
    for (const std::string& problem : problems) {
        if (std::find(said_.begin(), said_.end(), problem) == said_.end()) log_warning("{}", problem);
    }
    if (problems.empty() && !said_.empty()) log_notice("every source can be read again");
    said_ = problems;
}

HttpReply Health::healthz() const {
    const auto idle = Clock::now() - Clock::time_point{Clock::duration{last_turn_}};
    if (idle < kStuckAfter) return {.body = "ok\n"};
    return {.status = 503, .body = fmt::format("the pipeline has not turned for {} s\n", idle / 1s)};
}

std::vector<std::string> Health::problems() {
    std::vector<std::string> out;
    {
        const Lock lock(mutex_);
        out = source_problems_;
    }
    if (!caught_up_) out.emplace_back("catching up with the log");
    if (!durable_) out.emplace_back("the state cannot be written and waits in memory; the log says why");
    if (!delivery_reads_state_) {
        out.emplace_back("silences and messages to be sent again cannot be read; the log says why");
    }
    if (std::string problem = watched_ ? watched_() : ""; !problem.empty()) out.push_back(std::move(problem));
    return out;
}

HttpReply Health::readyz() {
    std::string lines;
    for (const std::string& problem : problems()) lines += problem + "\n";
    if (!lines.empty()) return {.status = 503, .body = lines};
    const std::string pauses = pause_words();
    const Lock lock(mutex_);
    return {.body = "ok" + (waiting_.empty() ? "" : "; " + waiting_) + pauses + "\n"};
}

// They hold up nothing but their own messages: the daemon is ready.
std::string Health::pause_words() {
    std::string out;
    for (const Metrics::ReceiverNow& receiver : metrics_.receivers()) {
        if (receiver.paused_until <= wall_clock() || receiver.waiting == 0) continue;
        out += fmt::format("; receiver {} asks for a pause until {}, {} messages wait for it", receiver.name,
                           audit::format_time(receiver.paused_until), receiver.waiting);
    }
    return out;
}

DaemonStatus Health::now() {
    DaemonStatus now;
    {
        const Lock lock(mutex_);
        now = status_;
    }
    now.problems = problems();
    now.receivers = metrics_.receivers();
    return now;
}

HttpReply Health::status() {
    return {.content_type = "application/json", .body = to_json(now(), wall_clock()) + "\n"};
}

}  // namespace redshank
