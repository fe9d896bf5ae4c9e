// A file source together with the commits of the daemon, which store a batch's lines and the next position as
// one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/file_source.h"
#include "daemon/store/store.h"

namespace redshank::test {

class Follower {
  public:
    // Replaces `config.now` by a clock that stands still; see pass(). Commits go to `database`, as in the
    // daemon, or to memory when it is "".
    explicit Follower(FileSourceConfig config, std::string database = "");
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    // Reads and commits until there is nothing more.
    void drain();
    // Reads and commits one batch. If the database cannot be written, the batch waits in memory.
    Source::Read step();
    // Commits what waits; false when it still waits.
    bool commit();
    // Reads `uncommitted` batches without committing, dies, and starts again from the last commit.
    void die_after(int uncommitted);
    void restart() { die_after(0); }
    void pass(std::chrono::seconds time) { now_ += time; }

    // All lines so far, in order: committed, or waiting in memory.
    const std::vector<std::string>& lines() const { return lines_; }
    // Each notice as "kind/what"; those that end one have "-over" appended.
    const std::vector<std::string>& notices() const { return notices_; }
    const std::vector<SourceNotice>& whole_notices() const { return whole_; }
    const std::map<std::string, uint64_t>& skipped() const { return skipped_; }
    SourceStatus status() const { return source_->status(); }
    const std::optional<std::string>& position() const { return position_; }
    void forget_position() { position_.reset(); }
    Source& source() { return *source_; }
    // Each line makes one finding: the number of findings in the outbox. With a database only.
    size_t told() const { return store_->outbox(100'000).size(); }

  private:
    void keep(const Batch& batch);
    void append(std::vector<std::string>& to, const char* table, const std::string& text);
    void load();

    FileSourceConfig config_;
    FileSourceConfig::Clock::time_point now_ = FileSourceConfig::Clock::now();
    const std::string database_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Source> source_;
    std::optional<std::string> position_;
    std::vector<std::string> lines_, notices_;
    std::vector<SourceNotice> whole_;
    std::map<std::string, uint64_t> skipped_;
};

}  // namespace redshank::test
