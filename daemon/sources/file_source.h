#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/sources/line_splitter.h"
#include "daemon/sources/source.h"

namespace redshank {

class ConfigTable;
struct SourceConfig;

// [[source]] of type "file".
struct FileSourceConfig {
    std::string path;    // of the live log
    std::string olddir;  // where rotated files are moved, if not beside it; relative to the log's folder
    std::string cluster;
    // When no position is known. Backups that are there at that moment are never read, unless "oldest".
    enum class Start : uint8_t {
        Beginning,  // of the live log
        End,        // only what is written from now on
        Oldest,     // of the oldest backup
    } start = Start::Beginning;
    bool inotify = true;  // false: polling only
    size_t line_limit = kDefaultLineLimit;
    std::chrono::seconds stall_after = std::chrono::minutes{10};  // 0: silence is never reported
    uint64_t max_size = uint64_t{100} << 20;                      // --audit-log-maxsize, 0: unlimited

    using Clock = std::chrono::steady_clock;
    std::function<Clock::time_point()> now = Clock::now;

    // Of backups, beside the log's own.
    std::vector<std::string> folders() const;

    static constexpr std::string_view kReads = "path";  // the key that says what is read
};

// Follows the log of a kube-apiserver through rotation by the server itself (rename), by logrotate (rename or
// copytruncate), deletion, and times without a reader: each whole line of each file that can still be read is
// returned once, in order. docs/sources.md says how.
std::unique_ptr<Source> make_file_source(FileSourceConfig config);

// For registry.cpp.
void read(ConfigTable& table, FileSourceConfig& config);
std::unique_ptr<Source> make_source(const FileSourceConfig& own, const SourceConfig& shared);
// The log without links and detours in its path, as far as it exists.
std::string reads(const FileSourceConfig& config);

}  // namespace redshank
