// A file source with the part of the daemon that commits: what a batch gave and where to go on belong
// together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/file_source.h"

namespace redshank::test {

class Follower {
  public:
    // `config.now` is replaced by a clock that stands still; see pass().
    explicit Follower(FileSourceConfig config);
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    // Reads and commits until there is nothing more.
    void drain();
    // Reads and commits one batch.
    Source::Read step();
    // Reads batches but commits none, then dies and starts again from what was committed.
    void die_after(int uncommitted);
    void restart() { die_after(0); }
    void pass(std::chrono::seconds time) { now_ += time; }

    const std::vector<std::string>& lines() const { return lines_; }  // committed, in order
    // "kind/what" of every notice, "-over" behind those that end one; committed.
    const std::vector<std::string>& notices() const { return notices_; }
    const std::vector<SourceNotice>& whole_notices() const { return whole_; }
    const std::map<std::string, uint64_t>& skipped() const { return skipped_; }
    SourceStatus status() const { return source_->status(); }
    const std::optional<std::string>& position() const { return position_; }
    void forget_position() { position_.reset(); }
    Source& source() { return *source_; }

  private:
    FileSourceConfig config_;
    FileSourceConfig::Clock::time_point now_ = FileSourceConfig::Clock::now();
    std::unique_ptr<Source> source_;
    std::optional<std::string> position_;
    std::vector<std::string> lines_, notices_;
    std::vector<SourceNotice> whole_;
    std::map<std::string, uint64_t> skipped_;
};

}  // namespace redshank::test
