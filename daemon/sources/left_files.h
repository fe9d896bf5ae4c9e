#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "daemon/sources/generation.h"
#include "daemon/sources/line_splitter.h"

namespace redshank {

// Files that were read to their end and left because the log has moved on. A writer that did not notice (it
// still has the old file open) may add to them for a while.
class LeftFiles {
  public:
    using Time = std::chrono::steady_clock::time_point;

    explicit LeftFiles(size_t line_limit) : lines_(line_limit) {}

    void add(std::unique_ptr<Generation> file, const FilePlace& place, Time now);
    // After a restart only files that still exist beside the log, found by inode, as soon as they can be
    // read.
    void load(std::vector<FilePlace> places, std::string log, std::vector<std::string> folders, Time now);
    std::vector<FilePlace> places() const;

    // Returns a file to which whole lines were added, and those lines (none if they were skipped); they live
    // until the next call. nullptr: no such file.
    Generation* read(std::vector<Line>& lines, std::vector<SourceSkip>& skips, Time now);
    // Whether read() may return anything by and by.
    bool awaits_lines() const { return !left_.empty() || !sought_.empty(); }
    const LineSplitter::Counters& counters() const { return lines_.counters(); }

  private:
    struct Left {
        std::unique_ptr<Generation> file;
        FilePlace place;
        uint64_t size;  // when looked at last
        Time until;
    };

    void seek();

    LineSplitter lines_;
    std::deque<Left> left_;
    std::vector<FilePlace> sought_;  // of load(), not found yet
    std::string log_;
    std::vector<std::string> folders_;
    Time sought_until_{};
};

}  // namespace redshank
