#include "daemon/pipeline.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <utility>

#include "audit/likeness.h"
#include "audit/salvage.h"
#include "core/heap.h"
#include "core/log.h"
#include "daemon/incidents/said.h"
#include "daemon/source_findings.h"
#include "daemon/store/checked.h"
#include "daemon/store/sqlite.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

// Suppressions that people set by command take effect within this time.
constexpr auto kRefreshEvery = 2s;

// A commit waits up to this long, so that several events share it.
constexpr auto kCommitDelay = 200ms;
// A finding, or a client that waits for its answer, shortens the wait to this, or to what commit_wait() says.
// When everything was read, the commit begins at once.
constexpr auto kFindingDelay = 20ms;
// This many bytes are committed without a wait.
constexpr uint64_t kCommitBytes = 32u << 20;
// Without a store: what has changed is forgotten. After each read that takes a tenth of all instructions.
constexpr uint64_t kForgetBytes = 4u << 20;
constexpr size_t kLinesAlone = 16;      // few, so that the events stay in the cache
constexpr size_t kLinesTogether = 256;  // enough to pay for waking a thread
constexpr size_t kMostClusters = 1000;  // that the lines of a source name
constexpr auto kLongestWait = 1s;       // without a look at the sources, or for a full disk
// The same where inotify tells of whatever comes. What commands say is read as often.
constexpr auto kLongestQuiet = kRefreshEvery;

}  // namespace

std::chrono::steady_clock::duration commit_wait(std::chrono::steady_clock::duration last) {
    return std::clamp<std::chrono::steady_clock::duration>(4 * last, kFindingDelay, kCommitDelay);
}

Pipeline::Pipeline(Engine& engine, IncidentBook& incidents, std::vector<std::unique_ptr<Source>>& sources,
                   Store* store, PipelineListener& listener, unsigned jobs, HostClock host_clock,
                   PipelineLimits limits)
    : engine_(engine),
      incidents_(incidents),
      sources_(sources),
      store_(store),
      listener_(listener),
      host_clock_(host_clock),
      limits_(limits),
      crew_(jobs),
      most_prepared_(crew_.is_alone() ? kLinesAlone : kLinesTogether) {
    if (!store_) return;
    state_.emplace(checked_state(*store_));
    if (limits_.ledger_rows > 0) ledger_.emplace(limits_.ledger_rows);
}

void Pipeline::run(const StopSignal& stop) {
    stop_ = &stop;
    begin();
    while (!stop.requested()) {
        const Source::Read result = step();
        if (result == Source::Read::Ended) break;
        if (result == Source::Read::Idle) wait(stop);
    }
    end();
    stop_ = nullptr;
}

Source::Read Pipeline::step() {
    if (live_.empty()) return Source::Read::Ended;
    refresh();
    bool more = false;
    std::erase_if(live_, [&](MergedSources& sources) {
        const Source::Read result = sources.read(batch_);
        process(sources.source(), sources.is_alone());
        more |= result == Source::Read::Lines;
        return result == Source::Read::Ended;
    });
    is_idle_ = !more;
    if (Clock::now() >= commit_due()) commit();
    turn(PipelineListener::Turn::Whole);
    if (more) return Source::Read::Lines;
    return live_.empty() ? Source::Read::Ended : Source::Read::Idle;
}

void Pipeline::turn(PipelineListener::Turn turn) {
    turned_ = Clock::now();
    advise_heap();
    listener_.turned(turn);
}

void Pipeline::end() {
    commit();
    turn(PipelineListener::Turn::Whole);
}

void Pipeline::tell_rest() {
    tell(engine_.drain(true));
    commit();
}

void Pipeline::load_state() {
    if (!state_) return;
    try {
        engine_.load(*state_);
        incidents_.load(*state_);
        if (ledger_) ledger_->load(*state_);
        for (const auto& source : sources_) source->load(*state_);
    } catch (const sqlite::Error& error) {
        // The disk does not give what it holds, or not to us: that may pass, and the next start finds it.
        if (!error.is_damage()) throw;
        throw StateError(std::string("the state cannot be used: ") + error.what());
    } catch (const std::exception& error) {
        throw StateError(std::string("the state cannot be used: ") + error.what());
    }
}

// People must hear that what was known is forgotten.
void Pipeline::tell_of_new_state() {
    if (!store_ || !store_->begins_anew() || sources_.empty() || !host_clock_) return;
    const audit::Time now = host_clock_();
    const std::string& cluster = sources_.front()->cluster();
    report_notice(
        {.kind = "state-set-aside",
         .what = "set-aside",
         .text = "redshank began with a new state and reads the log again: " + store_->damage() + ".",
         .file = "state",
         .from = now,
         .to = now},
        cluster, engine_.book(cluster));
    tell(engine_.drain());
}

void Pipeline::begin() {
    load_state();
    tell_of_new_state();
    for (const auto& source : sources_) {
        std::string first = source->start(store_ ? store_->position(source->name()) : std::nullopt);
        if (!first.empty()) positions_[source->name()] = std::move(first);
    }
    if (!positions_.empty() || !told_.empty()) commit();
    listener_.started();
    live_ = merge(sources_);
    turned_ = Clock::now();
}

void Pipeline::refresh() {
    const auto now = Clock::now();
    if (!state_ || now - refreshed_ < kRefreshEvery) return;
    refreshed_ = now;
    // A cluster that came with what was read has not heard yet what was said before.
    may_be_stale_ |= store_->may_have_changed();
    if (!std::exchange(may_be_stale_, false)) return;
    try {
        engine_.refresh(*state_);
        std::vector<News> news;
        bool is_said = false;
        each_said(*state_, [&](std::string_view, const SaidOfIncident&) { is_said = true; });
        incidents_.refresh(*state_, news);
        // An acknowledgement is no news, but must be committed.
        if (is_said && oldest_uncommitted_ == Clock::time_point{}) oldest_uncommitted_ = now;
        tell(std::move(news));
        ++counts_.heard;
    } catch (const std::exception&) {
        // Cannot be read just now: what was known stays, and commit() says what is wrong with the disk.
        may_be_stale_ = true;
    }
}

void Pipeline::begin_batch(const Source& source, SourceCounts& counts) {
    cluster_ = batch_.cluster.empty() ? source.cluster() : batch_.cluster;
    clock_ = batch_.cluster.empty() ? &counts.clock : &counts.clocks[batch_.cluster];
}

void Pipeline::uncommitted(Source& source) {
    if (oldest_uncommitted_ == Clock::time_point{}) oldest_uncommitted_ = Clock::now();
    uncommitted_.insert(&source);
    may_be_stale_ = true;
}

void Pipeline::process(Source& source, bool is_alone) {
    if (!batch_.empty()) uncommitted(source);

    SourceCounts& counts = counts_.sources[source.name()];
    begin_batch(source, counts);
    // Notices about the log precede the lines after them.
    for (const SourceNotice& notice : batch_.notices) report_notice(notice, cluster_, engine_.book(cluster_));
    if (!batch_.notices.empty()) tell(engine_.drain());
    GenerationCount* ledger = nullptr;
    const auto count = [&] { with_ledger([&](Ledger& all) { ledger = &all.of(source.name(), batch_); }); };
    if (!batch_.lines.empty() || !batch_.skips.empty()) count();
    // Of what was passed over nobody knows on which side of a part it was, nor where a shortened line ends.
    const bool can_part = is_alone && batch_.can_be_cut && batch_.skips.empty();
    const size_t most_observed = can_part || host_clock_ ? 1 : most_prepared_;
    std::span<const Line> lines = batch_.lines;
    const auto prepare_next = [&](Stretch& stretch) {
        const auto some = lines.first(std::min(lines.size(), most_prepared_));
        lines = lines.subspan(some.size());
        prepare(some, stretch);
    };
    for (prepare_next(now_); !now_.lines.empty(); std::swap(now_, next_)) {
        Crew::Task besides = [&] {
            tell_untold();
            prepare_next(next_);
        };
        size_t requests = 0;
        for (size_t i = 0; i < now_.lines.size();) {
            size_t events = 0;
            while (events < most_observed && i + events < now_.lines.size() &&
                   now_.parsed[i + events].error == audit::ParseError::None)
                ++events;
            const size_t taken = std::max<size_t>(events, 1);
            const auto some = now_.lines.subspan(i, taken);
            const std::span<ParsedLine> parsed(&now_.parsed[i], taken);
            for (const Line& line : some) {
                counts_.bytes += line.text.size();
                uncommitted_bytes_ += line.text.size();
            }
            if (events == 0) {
                const LineYield yield = salvage(some.front(), parsed.front().error, source, counts);
                if (ledger) ledger->add(ledger_->hash(), some.front(), yield);
            } else {
                observe(some, parsed, std::span(now_.requests).subspan(requests, events), source, counts,
                        crew_.is_alone() ? nullptr : std::exchange(besides, nullptr));
                if (most_observed == 1) tell_untold();
                requests += events;
                for (size_t at = 0; ledger && at < events; ++at)
                    ledger->add(ledger_->hash(), some[at],
                                yield_of(some[at], {.events = 1}, parsed[at].time));
            }
            i += taken;
            // A line may make thousands of findings: a batch of such lines is neither held in memory whole,
            // nor longer than a turn.
            if (!can_part || (told_.size() < limits_.told && Clock::now() - turned_ < limits_.turn)) continue;
            positions_[source.name()] = source.position_after(some.back());
            commit();
            turn(PipelineListener::Turn::WithinBatch);
            if (stop_ != nullptr && stop_->requested()) return;  // the next start goes on from here
            uncommitted(source);
            count();
        }
        if (besides) besides();
    }
    tell_untold();
    for (const SourceSkip& skipped : batch_.skips) {
        skip(skipped.reason, skipped.lines, skipped.bytes);
        if (ledger) ledger->pass_over(skipped);
    }
    if (!batch_.position.empty()) positions_[source.name()] = batch_.position;
    if (!batch_.empty()) ++counts_.batches;
}

// On any thread, one at a time.
void Pipeline::prepare(std::span<const Line> lines, Stretch& stretch) {
    engine_.release();
    stretch.lines = lines;
    stretch.requests.clear();
    if (stretch.parsed.size() < lines.size()) stretch.parsed.resize(lines.size());
    for (size_t i = 0; i < lines.size(); ++i) {
        auto& [error, event, time] = stretch.parsed[i];
        error = parser_.parse(lines[i].text, event);
        if (error != audit::ParseError::None) continue;
        event.is_shortened = lines[i].part == Line::Part::WithoutBodies;
        engine_.leave_out_proxies(event);
        stretch.requests.push_back(engine_.understand(event));
    }
}

void Pipeline::observe(std::span<const Line> lines, std::span<ParsedLine> parsed, std::span<Request> requests,
                       const Source& source, SourceCounts& counts, const Crew::Task& besides) {
    origins_.clear();
    for (size_t i = 0; i < lines.size(); ++i) {
        parsed[i].time = parsed[i].event.stage_time;
        count_event(parsed[i].event, source, lines[i].offset, counts);
    }
    observe(requests, besides);
}

void Pipeline::observe(std::span<Request> requests, const Crew::Task& besides) {
    if (!besides) tell_untold();
    untold_.told = engine_.observe(cluster_, requests, origins_, besides ? crew_ : alone_, besides);
    untold_.cluster = cluster_;
    for (const Request& request : requests) untold_.times.push_back(request.event.stage_time);
    if (!besides) tell_untold();
}

void Pipeline::tell_untold() {
    auto one = untold_.told.begin();
    for (size_t i = 0; i < untold_.times.size(); ++i) {
        std::vector<News> over;
        incidents_.advance(untold_.cluster, untold_.times[i], over);
        tell(std::move(over));
        for (; one != untold_.told.end() && one->request == i; ++one)
            tell(incidents_.take(one->told.finding));
    }
    untold_.told.clear();
    untold_.times.clear();
}

// An event that is no line's.
void Pipeline::process_event(audit::Event& event, const Source& source, uint64_t offset,
                             SourceCounts& counts) {
    origins_.clear();
    count_event(event, source, offset, counts);
    engine_.leave_out_proxies(event);
    Request request = engine_.understand(event);
    observe(std::span(&request, 1), nullptr);
}

void Pipeline::count_event(audit::Event& event, const Source& source, uint64_t offset, SourceCounts& counts) {
    ++counts_.events;
    ++counts.events;
    counts.refused_since = 0;
    if (host_clock_ && clock_->bound(event, host_clock_()) && counts.far_ahead++ == 0) {
        log_warning(
            "source {}: an event is more than a day ahead of this host's clock and of the events before it "
            "({} "
            "at byte {}); it counts as if it came with them. Further ones are counted only: check the clocks "
            "of "
            "the API servers (NTP)",
            source.name(), batch_.file, offset);
    }
    counts.last_event = std::max(counts.last_event, event.stage_time);
    origins_.push_back(
        {.cluster = cluster_, .source = batch_.file, .offset = offset, .generation = batch_.generation.id});
}

// An event of a line that names its cluster: the source's own, unless the configuration says it.
void Pipeline::turn_to(std::string_view cluster, const Source& source, SourceCounts& counts) {
    if (cluster.empty() || !batch_.cluster.empty() || source.is_of_one_cluster()) return;
    auto own = counts.clocks.find(cluster);
    if (own == counts.clocks.end()) {
        if (counts.clocks.size() >= kMostClusters) return;
        own = counts.clocks.try_emplace(std::string(cluster)).first;
    }
    cluster_ = own->first;
    clock_ = &own->second;
}

LineYield Pipeline::salvage(const Line& line, audit::ParseError error, const Source& source,
                            SourceCounts& counts) {
    std::optional<audit::Time> first;
    const std::string_view own = cluster_;
    EventClock* const own_clock = clock_;
    const auto handle = [&](const audit::Event&, const audit::EventPlace& place) {
        if (!first) first = salvaged_.stage_time;
        turn_to(place.cluster, source, counts);
        salvaged_.is_shortened |= line.part == Line::Part::WithoutBodies;
        ++counts_.salvaged;
        process_event(salvaged_, source, line.offset + place.at, counts);
        cluster_ = own;
        clock_ = own_clock;
    };
    const audit::Salvage result = audit::salvage(salvager_, line.text, error, salvaged_, handle);
    const LineYield yield = yield_of(line, result, first.value_or(audit::Time{}));
    // Nothing is lost, but of nothing else there is no event.
    const bool is_all_frame = result.is_frame && counts.events == 0;
    // A line over the limit is among the skips of the batch already.
    if (line.part != Line::Part::Whole || (yield.skipped.empty() && !is_all_frame)) return yield;
    if (!yield.skipped.empty()) skip(std::string(yield.skipped), 1, result.skipped);
    if (result.events > 0) {
        ++counts.torn;
    } else if (error != audit::ParseError::Empty) {
        if (counts.refused_since++ == 0)
            counts.refused_from =
                fmt::format("{} at byte {} {}", batch_.file, line.offset, audit::likeness(line.text));
        if (counts.parse_errors++ == 0) counts.first_refused = counts.refused_from;
    }
    return yield;
}

void Pipeline::skip(const std::string& reason, uint64_t lines, uint64_t bytes) {
    counts_.lines_skipped[reason] += lines;
    counts_.bytes_skipped[reason] += bytes;
}

void Pipeline::tell(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) tell(incidents_.take(finding));
}

void Pipeline::tell(std::vector<News> all) {
    for (News& news : all) {
        listener_.told(news);
        if (!store_) continue;
        told_.push_back(std::move(news));
        if (oldest_uncommitted_ == Clock::time_point{}) oldest_uncommitted_ = Clock::now();
    }
}

// A state that cannot be read ends the count, and nothing else.
template <typename Use>
void Pipeline::with_ledger(Use use) {
    if (!ledger_) return;
    try {
        use(*ledger_);
    } catch (const std::exception& error) {
        log_error(
            "the ledger of lines counts nothing more until the next start, and redshank verify will name "
            "what it has missed: {}",
            error.what());
        ledger_.reset();
    }
}

Pipeline::Clock::time_point Pipeline::commit_due() const {
    if (oldest_uncommitted_ == Clock::time_point{}) return Clock::time_point::max();
    if (uncommitted_bytes_ >= (store_ ? kCommitBytes : kForgetBytes) || told_.size() >= limits_.told)
        return Clock::time_point{};  // long ago
    // Nobody waits for a replay, and one that is killed begins anew: its sources keep no position.
    if (!host_clock_) return Clock::time_point::max();
    const bool is_awaited = std::any_of(uncommitted_.begin(), uncommitted_.end(),
                                        [](const Source* source) { return source->is_awaited(); });
    if (told_.empty() && !is_awaited) return oldest_uncommitted_ + kCommitDelay;
    if (!is_idle_) return oldest_uncommitted_ + commit_wait(commit_took_);
    // Everything was read: no other event will share the commit. Commits take at most half of the time.
    return std::max(oldest_uncommitted_, committed_ + std::min<Clock::duration>(commit_took_, kFindingDelay));
}

void Pipeline::commit() {
    if (!store_) {  // nothing is kept, and nothing waits
        engine_.forget_changed();
        NoState nowhere;
        engine_.save(nowhere);
        incidents_.save(nowhere);
        uncommitted_.clear();
        uncommitted_bytes_ = 0;
        oldest_uncommitted_ = {};
        return;
    }
    const auto began = Clock::now();
    store_->begin();
    for (const MergedSources& sources : live_) sources.positions(positions_);
    for (const auto& [source, position] : std::exchange(positions_, {}))
        store_->set_position(source, position);
    engine_.save(store_->writer());
    for (Source* source : uncommitted_) source->save(store_->writer());
    incidents_.save(store_->writer());
    with_ledger([&](Ledger& all) { all.save(store_->writer()); });
    for (const Finding& finding : engine_.take_changed()) store_->upsert_finding(finding);
    for (const News& news : std::exchange(told_, {})) store_->enqueue(news);
    const bool durable = store_->commit();
    oldest_uncommitted_ =
        durable ? Clock::time_point{} : Clock::now() + kLongestWait;  // ask a full disk once a second
    uncommitted_bytes_ = 0;
    committed_ = Clock::now();
    commit_took_ = committed_ - began;
    if (durable) {
        for (Source* source : std::exchange(uncommitted_, {})) source->committed();
    }
    listener_.committed(durable);
}

Pipeline::Clock::duration Pipeline::pause() const {
    Clock::time_point until = commit_due();
    bool hear_all = true;
    for (const MergedSources& sources : live_) {
        until = std::min(until, sources.due());
        hear_all &= sources.hears_all();
    }
    return std::clamp<Clock::duration>(until - Clock::now(), Clock::duration{0},
                                       hear_all ? kLongestQuiet : kLongestWait);
}

void Pipeline::wait(const StopSignal& stop) const {
    std::vector<int> wakers{stop.fd()};
    for (const MergedSources& sources : live_) sources.wake_fds(wakers);
    std::vector<pollfd> fds;
    for (const int fd : wakers) fds.push_back({fd, POLLIN, 0});
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(pause());
    ::poll(fds.data(), fds.size(), static_cast<int>(timeout.count()));
}

}  // namespace redshank
