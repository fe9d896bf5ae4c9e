#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "audit/event_parser.h"
#include "core/crew.h"
#include "core/state/checked_state.h"
#include "daemon/event_clock.h"
#include "daemon/incidents/book.h"
#include "daemon/ledger/ledger.h"
#include "daemon/sources/merged_sources.h"
#include "daemon/sources/source.h"
#include "daemon/stop_signal.h"
#include "daemon/store/store.h"
#include "detectors/engine.h"

namespace redshank {

// The counts of one source.
struct SourceCounts {
    uint64_t events = 0;
    uint64_t torn = 0;           // lines of which a part was lost, but an event was found
    uint64_t parse_errors = 0;   // lines that gave no event
    std::string first_refused;   // of these: where the first is and what it looks like (audit/likeness.h)
    uint64_t refused_since = 0;  // the last event
    std::string refused_from;    // where the first of these is, and what it looks like
    uint64_t far_ahead = 0;      // events whose time was not believed (EventClock)
    audit::Time last_event{};    // the newest stageTimestamp
    EventClock clock;
    std::map<std::string, EventClock, std::less<>>
        clocks;  // of its clusters, where batches or lines name them

    // Lines came, and none of them was an event.
    bool gave_nothing() const { return events == 0 && parse_errors > 0; }
    // So many lines without an event between them: the log has become another one.
    static constexpr uint64_t kManyRefused = 1000;
    bool gives_nothing() const { return gave_nothing() || refused_since >= kManyRefused; }
};

struct PipelineCounts {
    uint64_t batches = 0;  // that held something
    uint64_t events = 0;
    uint64_t salvaged = 0;  // of the events: found in lines that are not one
    uint64_t bytes = 0;     // of lines, without newlines
    uint64_t heard = 0;     // how often what commands have said was read
    std::map<std::string, uint64_t> lines_skipped, bytes_skipped;  // by reason
    std::map<std::string, SourceCounts> sources;                   // by name
};

// Receives what the pipeline reports. Called on the pipeline's thread; must not block.
class PipelineListener {
  public:
    virtual ~PipelineListener() = default;
    // Nothing has been read yet. The starting position of every source is committed, or waits in memory after
    // a committed(false).
    virtual void started() {}
    // A finding with its incident, or an incident's end. People should hear of this; the store has it in its
    // outbox from the next committed() on.
    virtual void told(const News& /*news*/) {}
    // Everything reported so far is durable; or (false, on a full disk) it is still in memory only.
    virtual void committed(bool /*durable*/) {}
    // At least every two seconds: after each turn of the loop, or between two lines of a batch that takes
    // long.
    enum class Turn : uint8_t { Whole, WithinBatch };
    virtual void turned(Turn /*turn*/) {}
};

// How long a finding waits for other events to share its commit while there is more to read: so long that
// commits take at most a fifth of the time, between 20 and 200 ms. `last`: what the last commit took.
std::chrono::steady_clock::duration commit_wait(std::chrono::steady_clock::duration last);

// What is committed cannot be used, and will not be later: thrown by run() before anything is read. An error
// that may pass (EIO, EMFILE, no memory for the database) is thrown as it comes.
struct StateError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct PipelineLimits {
    size_t ledger_rows = Ledger::kMostRows;  // see Ledger; 0: nothing is counted there
    // A batch is committed in parts when this many pieces of news wait (and those of one line), or when this
    // time has passed without a look at the sources.
    size_t told = 1000;
    std::chrono::steady_clock::duration turn = std::chrono::seconds{1};
};

// Source → parser → detectors → incidents → store. Owns nothing but its buffers.
//
// With several jobs, the lines of a batch are taken in stretches: while detectors observe one, each name of
// them on a thread of its own, the next one is parsed and understood. What they tell is taken in the order of
// the lines, so that nothing depends on the number of jobs. For logs that are read as a whole: findings wait
// for the end of their stretch.
class Pipeline {
  public:
    using HostClock = audit::Time (*)();
    // `store` may be null: nothing is kept then. `host_clock`: what event times are held against; null where
    // they may be of any time (replay).
    Pipeline(Engine& engine, IncidentBook& incidents, std::vector<std::unique_ptr<Source>>& sources,
             Store* store, PipelineListener& listener, unsigned jobs = 1, HostClock host_clock = nullptr,
             PipelineLimits limits = {});

    // Loads the state, starts the sources, and runs until every source has ended or a stop is requested.
    // Commits everything that was read before it returns. Throws StateError.
    void run(const StopSignal& stop);
    // run() in steps, for a caller that waits by itself: begin(), step() until it says Ended, end(). A step
    // looks once at each source.
    void begin();
    Source::Read step();
    void end();
    // How long run() waits before its next step when no source wakes it.
    std::chrono::steady_clock::duration pause() const;

    // At the end of a replay: reports findings that grew since their last report, in their last form.
    void tell_rest();

    const PipelineCounts& counts() const { return counts_; }
    // Rows of the state that could not be used, by table.
    UnusableRows unusable_rows() const { return state_ ? state_->counts() : UnusableRows{}; }

  private:
    using Clock = std::chrono::steady_clock;

    void load_state();
    void tell_of_new_state();
    void refresh();
    void turn(PipelineListener::Turn turn);
    void uncommitted(Source& source);
    struct ParsedLine {
        audit::ParseError error = audit::ParseError::None;
        audit::Event event;  // good without an error
        audit::Time time{};  // its stage_time, before the host's clock bounds it
    };
    // Lines that are parsed and understood together.
    struct Stretch {
        std::span<const Line> lines;
        std::vector<ParsedLine> parsed;  // of each line, or more; reused: an event keeps its buffers
        std::vector<Request> requests;   // of the lines without an error
    };

    void process(Source& source, bool is_alone);
    void begin_batch(const Source& source, SourceCounts& counts);
    void prepare(std::span<const Line> lines, Stretch& stretch);
    void observe(std::span<const Line> lines, std::span<ParsedLine> parsed, std::span<Request> requests,
                 const Source& source, SourceCounts& counts, const Crew::Task& besides);
    // With `besides`, what the requests gave is told by the next call, or by tell_untold().
    void observe(std::span<Request> requests, const Crew::Task& besides);
    void tell_untold();
    void process_event(audit::Event& event, const Source& source, uint64_t offset, SourceCounts& counts);
    void count_event(audit::Event& event, const Source& source, uint64_t offset, SourceCounts& counts);
    void turn_to(std::string_view cluster, const Source& source, SourceCounts& counts);
    void skip(const std::string& reason, uint64_t lines, uint64_t bytes);
    LineYield salvage(const Line& line, audit::ParseError error, const Source& source, SourceCounts& counts);
    void tell(const std::vector<Finding>& findings);
    void tell(std::vector<News> news);
    template <typename Use>
    void with_ledger(Use use);
    Clock::time_point commit_due() const;  // max(): there is nothing to commit
    void commit();
    void wait(const StopSignal& stop) const;  // for more to read

    Engine& engine_;
    IncidentBook& incidents_;
    std::vector<std::unique_ptr<Source>>& sources_;
    Store* store_;
    std::optional<CheckedState> state_;  // what `store_` has committed
    std::optional<Ledger> ledger_;
    PipelineListener& listener_;
    const HostClock host_clock_;
    const PipelineLimits limits_;
    Crew crew_, alone_{1};
    const size_t most_prepared_;  // lines at a time
    audit::EventParser parser_;
    Stretch now_, next_;
    std::vector<Origin> origins_;  // of the requests that are observed
    // Of requests that were observed: one thread tells while the others observe the next ones.
    struct Untold {
        std::string_view cluster;  // batch_'s
        std::vector<ToldOf> told;
        std::vector<audit::Time> times;  // of each request
    } untold_;
    audit::EventParser salvager_;
    audit::Event salvaged_;
    std::vector<MergedSources> live_;  // those that have not ended
    Batch batch_;
    std::string_view cluster_;     // of batch_
    EventClock* clock_ = nullptr;  // of cluster_, as the source tells it
    PipelineCounts counts_;

    Clock::time_point refreshed_ = Clock::now();
    bool may_be_stale_ = true;  // something was read since, or what was said could not be

    // Since the last commit.
    std::map<std::string, std::string> positions_;  // by source
    std::set<Source*> uncommitted_;                 // those that handed something out
    std::vector<News> told_;
    Clock::time_point oldest_uncommitted_{};
    uint64_t uncommitted_bytes_ = 0;
    Clock::time_point turned_{};
    const StopSignal* stop_ = nullptr;  // of run()

    Clock::time_point committed_{};  // when the last commit ended
    Clock::duration commit_took_{};
    bool is_idle_ = false;  // the last look at the sources found nothing more
};

}  // namespace redshank
