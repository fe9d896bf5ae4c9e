#include "daemon/sources/replay_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <optional>
#include <stdexcept>
#include <utility>

#include "daemon/ledger/rows.h"
#include "daemon/sources/generation.h"
#include "daemon/sources/timed_log.h"

namespace redshank {

namespace {

// What one API server writes is out of order by less than this: a log that begins later than the line before
// it by more is another server's.
constexpr audit::Duration kTogether = std::chrono::milliseconds{100};

struct Log {
    std::string file;
    audit::Time first{};                           // when its first line's turn comes, where times are read
    std::optional<TimedLog> lines = std::nullopt;  // while it is read
    GenerationMark generation{};
};

std::string cannot_read(const std::string& file, const std::string& reason) {
    return fmt::format("cannot read {}: {}", file, reason);
}

audit::Time first_time(const UniqueFd& fd, size_t line_limit) {
    TimedLog log(fd, line_limit, TimedLog::Times::Read);
    for (std::vector<Line> line; !log.is_over(); line.clear()) {
        log.refill();
        if (!log.has_next()) continue;
        if (log.next() != audit::Time{}) return log.next();
        log.take(log.next(), line);
    }
    return {};
}

class ReplaySource : public Source {
  public:
    ReplaySource(std::list<Log> logs, TimedLog::Times times, std::string cluster, size_t line_limit,
                 LogPace pace)
        : waiting_(std::move(logs)),
          times_(times),
          cluster_(std::move(cluster)),
          line_limit_(line_limit),
          pace_(pace) {
        status_.up = true;
    }

    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return cluster_; }
    void load(const StateReader& state) override { numbers_ = newest_generation(state, name_); }
    std::string start(const std::optional<std::string>&) override { return {}; }
    SourceStatus status() const override { return status_; }

    Read read(Batch& batch) override {
        batch.clear();
        while (batch.lines.empty() && batch.skips.empty()) {
            std::erase_if(open_, [](const Log& log) { return log.lines->is_over(); });
            if (open_.empty() && waiting_.empty()) {
                status_.caught_up = true;
                return Read::Ended;
            }
            if (open_.empty() || is_due()) {
                open_next(batch);
            } else if (!refill(batch)) {
                take(batch);
            }
        }
        return Read::Lines;
    }

  private:
    // Lines after this time wait for the next log.
    audit::Time next_begins() const {
        const bool is_merged = times_ == TimedLog::Times::Read && !waiting_.empty();
        return is_merged ? waiting_.front().first + kTogether : audit::Time::max();
    }

    bool is_due() const {
        return std::all_of(open_.begin(), open_.end(), [&](const Log& log) {
            return log.lines->has_next() && log.lines->next() > next_begins();
        });
    }

    void open_next(Batch& batch) {
        open_.splice(open_.end(), waiting_, waiting_.begin());
        Log& log = open_.back();
        std::string reason;
        if (const UniqueFd fd = open_log(log.file, reason)) {
            log.lines.emplace(fd, line_limit_, times_, pace_);
            mark(log);
            return;
        }
        batch.file = log.file;
        damaged(cannot_read(log.file, reason), batch);
        open_.pop_back();
    }

    // A pipe cannot be read again, and has no number.
    void mark(Log& log) {
        const auto file = numbers_ && log.file != "-" ? Generation::open(log.file) : nullptr;
        if (!file) return;
        const FileFacts facts = file->facts();
        log.generation = {.number = ++*numbers_,
                          .head = file->head_mark(),
                          .device = facts.device,
                          .inode = facts.inode,
                          .born = facts.born,
                          .line_limit = line_limit_};
    }

    // Reads on in the first log of which all lines were taken. False when there is none.
    bool refill(Batch& batch) {
        for (Log& log : open_) {
            if (log.lines->has_next()) continue;
            batch.file = log.file;
            batch.generation = log.generation;
            const uint64_t before = log.lines->log().bytes();
            log.lines->refill();
            status_.bytes_read += log.lines->log().bytes() - before;
            if (!log.lines->log().problem().empty())
                damaged(log.file + ": " + log.lines->log().problem(), batch);
            log.lines->take_skips(batch.skips);
            return true;
        }
        return false;
    }

    // The lines of the log whose turn it is, until it is that of another.
    void take(Batch& batch) {
        const auto [turn, until] =
            next_turn(open_, next_begins(), [](Log& log) -> TimedLog& { return *log.lines; });
        batch.file = turn->file;
        batch.generation = turn->generation;
        batch.generation.id = turn->lines->log().generation();
        turn->lines->take(until, batch.lines);
    }

    void damaged(std::string problem, Batch& batch) {
        status_.problem = std::move(problem);
        batch.skips.push_back({.reason = "damaged", .lines = 1});
    }

    const std::string name_ = "replay";
    std::list<Log> waiting_;  // in the order in which they begin
    std::list<Log> open_;
    const TimedLog::Times times_;
    const std::string cluster_;
    const size_t line_limit_;
    const LogPace pace_;
    std::optional<uint64_t> numbers_;  // given to files; nothing without a state
    SourceStatus status_;
};

}  // namespace

std::unique_ptr<Source> make_replay_source(const std::vector<std::string>& files, std::string cluster,
                                           size_t line_limit, LogPace pace) {
    // Standard input cannot be looked into beforehand.
    const bool is_in_order = files.size() < 2 || std::find(files.begin(), files.end(), "-") != files.end();
    std::list<Log> logs;
    for (const std::string& file : files) {
        std::string reason;
        const UniqueFd fd = open_log(file, reason);
        if (!fd) throw std::runtime_error(cannot_read(file, reason));
        audit::Time first = is_in_order ? audit::Time{} : first_time(fd, line_limit);
        if (first == audit::Time{} && !logs.empty()) first = logs.back().first;
        logs.push_back({.file = file, .first = first});
    }
    logs.sort([](const Log& a, const Log& b) { return a.first < b.first; });  // stable
    return std::make_unique<ReplaySource>(std::move(logs),
                                          is_in_order ? TimedLog::Times::None : TimedLog::Times::Read,
                                          std::move(cluster), line_limit, pace);
}

}  // namespace redshank
