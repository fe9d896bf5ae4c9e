#include "daemon/sources/replay_source.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "daemon/sources/log_reader.h"

namespace redshank {

namespace {

class ReplaySource : public Source {
  public:
    ReplaySource(std::vector<std::string> files, std::string cluster, size_t line_limit)
        : files_(std::move(files)), cluster_(std::move(cluster)), line_limit_(line_limit) {
        status_.up = true;
    }

    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return cluster_; }
    std::string start(const std::optional<std::string>&) override { return {}; }
    SourceStatus status() const override { return status_; }

    Read read(Batch& batch) override {
        batch.clear();
        while (batch.lines.empty() && batch.skips.empty()) {
            if (is_at_end_ && !open_next(batch)) {
                status_.caught_up = next_ == files_.size();
                return batch.skips.empty() ? Read::Ended : Read::Lines;
            }
            batch.file = files_[next_ - 1];
            const uint64_t before = log_->bytes();
            is_at_end_ = !log_->read(batch.lines);
            status_.bytes_read += log_->bytes() - before;
            if (!log_->problem().empty()) damaged(batch.file + ": " + log_->problem(), batch);
            report_skips(batch);
        }
        return Read::Lines;
    }

  private:
    // False when there is no further file, or the next one cannot be opened (which is a skip of the batch).
    bool open_next(Batch& batch) {
        if (next_ == files_.size()) return false;
        std::string reason;
        const std::string& file = files_[next_++];
        if (const UniqueFd fd = open_log(file, reason)) {
            log_.emplace(fd, line_limit_);
            is_at_end_ = false;
            reported_ = {};
            return true;
        }
        batch.file = file;
        damaged(fmt::format("cannot read {}: {}", file, reason), batch);
        return false;
    }

    void damaged(std::string problem, Batch& batch) {
        status_.problem = std::move(problem);
        batch.skips.push_back({.reason = "damaged", .lines = 1});
    }

    void report_skips(Batch& batch) {
        const LineSplitter::Counters now = log_->counters();
        const LineSplitter::Counters before = std::exchange(reported_, now);
        append_skips(before, now, batch.skips);
    }

    const std::string name_ = "replay";
    const std::vector<std::string> files_;
    const std::string cluster_;
    const size_t line_limit_;
    size_t next_ = 0;               // file to open after the current one
    std::optional<LogReader> log_;  // lives on at its end, as the lines it gave do
    bool is_at_end_ = true;
    LineSplitter::Counters reported_;  // of the current one
    SourceStatus status_;
};

}  // namespace

std::unique_ptr<Source> make_replay_source(std::vector<std::string> files, std::string cluster,
                                           size_t line_limit) {
    for (const std::string& file : files) {
        std::string reason;
        if (!open_log(file, reason))
            throw std::runtime_error(fmt::format("cannot read {}: {}", file, reason));
    }
    return std::make_unique<ReplaySource>(std::move(files), std::move(cluster), line_limit);
}

}  // namespace redshank
