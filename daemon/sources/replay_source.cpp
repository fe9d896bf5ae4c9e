#include "daemon/sources/replay_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "daemon/sources/byte_stream.h"
#include "daemon/sources/unique_fd.h"

namespace redshank {

namespace {

// Opens for reading; -1 and a reason when that cannot be.
int open_log(const std::string& file, std::string& reason) {
    const int fd = file == "-" ? ::dup(STDIN_FILENO) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd >= 0 && ::fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode)) return fd;
    reason = fd >= 0 ? "it is a folder" : std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return -1;
}

class ReplaySource : public Source {
  public:
    ReplaySource(std::vector<std::string> files, std::string cluster, size_t line_limit)
        : files_(std::move(files)), cluster_(std::move(cluster)), lines_(line_limit) {
        status_.up = true;
    }

    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return cluster_; }
    std::string start(const std::optional<std::string>&) override { return {}; }
    SourceStatus status() const override { return status_; }

    Read read(Batch& batch) override {
        batch.clear();
        while (batch.lines.empty() && batch.skips.empty()) {
            if (!stream_ && !open_next(batch)) {
                status_.caught_up = next_ == files_.size();
                return batch.skips.empty() ? Read::Ended : Read::Lines;
            }
            batch.file = files_[next_ - 1];
            const ptrdiff_t got = stream_->read(lines_.room(kReadSize), kReadSize);
            if (got > 0) {
                lines_.add(static_cast<size_t>(got));
                status_.bytes_read += static_cast<uint64_t>(got);
                lines_.split(batch.lines);
            } else {
                end_of_file(got < 0 || !stream_->is_complete(), batch);
            }
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
        lines_.reset(0);
        const int fd = open_log(file, reason);
        if (fd >= 0) {
            stream_ = open_stream(fd);
            return true;
        }
        batch.file = file;
        damaged(fmt::format("cannot read {}: {}", file, reason), batch);
        return false;
    }

    void end_of_file(bool is_damaged, Batch& batch) {
        lines_.finish(batch.lines);
        if (is_damaged) {
            damaged(
                fmt::format("{}: {}, after {} bytes of log; what follows was not read", batch.file,
                            stream_->error().empty() ? "the compressed data breaks off" : stream_->error(),
                            lines_.end()),
                batch);
        }
        stream_.reset();
    }

    void damaged(std::string problem, Batch& batch) {
        status_.problem = std::move(problem);
        batch.skips.push_back({.reason = "damaged", .lines = 1});
    }

    void report_skips(Batch& batch) {
        const LineSplitter::Counters now = lines_.counters();
        const LineSplitter::Counters before = std::exchange(reported_, now);
        append_skips(before, now, batch.skips);
    }

    const std::string name_ = "replay";
    const std::vector<std::string> files_;
    const std::string cluster_;
    LineSplitter lines_;
    LineSplitter::Counters reported_;
    std::unique_ptr<ByteStream> stream_;
    size_t next_ = 0;  // file to open after the current one
    SourceStatus status_;
};

}  // namespace

std::unique_ptr<Source> make_replay_source(std::vector<std::string> files, std::string cluster,
                                           size_t line_limit) {
    for (const std::string& file : files) {
        std::string reason;
        const int fd = open_log(file, reason);
        if (fd < 0) throw std::runtime_error(fmt::format("cannot read {}: {}", file, reason));
        ::close(fd);
    }
    return std::make_unique<ReplaySource>(std::move(files), std::move(cluster), line_limit);
}

}  // namespace redshank
