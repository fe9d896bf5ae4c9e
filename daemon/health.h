// The state of the daemon: what /healthz, /readyz and /status answer, and the counts on /metrics. The
// pipeline's thread writes it, the http thread reads it.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/mutex.h"
#include "daemon/http/server.h"
#include "daemon/pipeline.h"
#include "daemon/status.h"
#include "daemon/store/store.h"
#include "exporters/metrics.h"

namespace redshank {

class Health {
  public:
    using Sources = std::vector<std::unique_ptr<Source>>;

    // All must outlive this.
    Health(std::string cluster, Metrics& metrics, const Pipeline& pipeline, const Engine& engine,
           const IncidentBook& incidents, const Sources& sources, const Store& store);

    // Something else that may have a problem, in words; asked by any thread. Before the first turn.
    void watch(std::function<std::string()> problem) { watched_ = std::move(problem); }

    // The pipeline's thread.
    void turned(bool delivery_reads_state);  // its loop goes round
    bool set_durable(bool durable);          // whether that is another answer than before
    void publish() EXCLUDES(mutex_);
    bool has_opened_all();  // every source was open once
    std::string status_line();

    // Any thread.
    void reloaded(bool successful) EXCLUDES(mutex_);
    HttpReply healthz() const;
    HttpReply readyz() EXCLUDES(mutex_);
    HttpReply status() EXCLUDES(mutex_);
    DaemonStatus now() EXCLUDES(mutex_);  // what status() answers

  private:
    using Clock = std::chrono::steady_clock;

    bool is_new(const std::vector<SourceStatus>& statuses) const;
    void publish_read(std::vector<SourceStatus> statuses) EXCLUDES(mutex_);
    void publish_sources() EXCLUDES(mutex_);
    bool may_have_changed();
    void measure_parts();
    std::string waiting_words() const;
    std::string pause_words();
    void say(const std::vector<std::string>& problems);
    std::vector<std::string> problems() EXCLUDES(mutex_);

    Metrics& metrics_;
    const Pipeline& pipeline_;
    const Engine& engine_;
    const IncidentBook& incidents_;
    const Sources& sources_;
    const Store& store_;

    std::set<std::string> opened_;   // sources that were open; the pipeline's thread only
    std::vector<std::string> said_;  // of the sources' problems, in the journal; the pipeline's thread only
    PipelineCounts published_;       // what the metrics have seen of the counts; the pipeline's thread only
    std::vector<SourceStatus> statuses_;  // of the sources, when they were; the pipeline's thread only

    // Of the parts; the pipeline's thread only.
    std::optional<std::array<uint64_t, 4>>
        measured_;  // events, bytes, commits, what was heard at measured_at_
    Clock::time_point measured_at_{};

    std::function<std::string()> watched_;

    mutable Mutex mutex_;
    std::vector<std::string> source_problems_ GUARDED_BY(mutex_);
    std::string waiting_ GUARDED_BY(mutex_);  // for the first bytes of any source; "": they came
    DaemonStatus status_ GUARDED_BY(mutex_);  // without what /status adds by itself

    std::atomic<Clock::rep> last_turn_ = Clock::now().time_since_epoch().count();
    std::atomic<bool> is_reloaded_ = false;  // since the parts were measured
    std::atomic<bool> caught_up_ = false, durable_ = true, delivery_reads_state_ = true;
};

}  // namespace redshank
