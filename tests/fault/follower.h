// A file source with the part of the daemon that commits: what a batch gave and where to go on belong
// together.
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
    // `config.now` is replaced by a clock that stands still; see pass(). What is committed is kept in
    // `database`, as the daemon keeps it; in memory when that is "".
    explicit Follower(FileSourceConfig config, std::string database = "");
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    // Reads and commits until there is nothing more.
    void drain();
    // Reads and commits one batch. When the database cannot be written, what was read waits in memory.
    Source::Read step();
    // Commits what waits; false when it goes on waiting.
    bool commit();
    // Reads batches but commits none, then dies and starts again from what was committed.
    void die_after(int uncommitted);
    void restart() { die_after(0); }
    void pass(std::chrono::seconds time) { now_ += time; }

    // What has come since the beginning, in order: committed, or waiting in memory.
    const std::vector<std::string>& lines() const { return lines_; }
    // "kind/what" of every notice, "-over" behind those that end one.
    const std::vector<std::string>& notices() const { return notices_; }
    const std::vector<SourceNotice>& whole_notices() const { return whole_; }
    const std::map<std::string, uint64_t>& skipped() const { return skipped_; }
    SourceStatus status() const { return source_->status(); }
    const std::optional<std::string>& position() const { return position_; }
    void forget_position() { position_.reset(); }
    Source& source() { return *source_; }
    // Of each line one finding is told. How many the outbox holds; with a database only.
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
