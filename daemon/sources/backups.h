// The rotated files beside a live log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redshank {

struct Backup {
    std::string path;
    // When it was rotated away, in ns: the time in its name, or when it was last written.
    int64_t key = 0;
    bool is_stamped = false;  // the key is in the name, and so never changes
};

// Oldest first. Known are
//   audit-2026-11-23T09-12-40.457.log[.gz]   lumberjack, which kube-apiserver uses
//   audit.log.3[.gz]                         logrotate
//   audit.log-20261123[.gz]                  logrotate with dateext
// beside the log and beside the file that it links to. Of a backup that is there both plain and compressed
// (the compressor may not have finished) only the plain one.
std::vector<Backup> list_backups(const std::string& log);

// The time in a lumberjack name for the log (both without folder), in ns; 0 when it is no such name.
int64_t stamp_of(std::string_view name, std::string_view log);

}  // namespace redshank
