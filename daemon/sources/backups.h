// The rotated files beside a live log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace redshank {

struct Backup {
    std::string path;
    // When it was rotated away, in ns: the time in its name, or when it was last written.
    int64_t key = 0;
    bool is_stamped = false;  // the key is in the name, and so never changes
};

// Oldest first. Known are, each also with .gz, .zst, .bz2 or .xz behind it,
//   audit-2026-11-23T09-12-40.457.log     lumberjack, which kube-apiserver uses
//   audit-2026-11-23T09-12-40.457.log.1   logrotate run over those (also -20261123, and before the extension)
//   audit.log.3, audit.1.log              logrotate; the second with `extension`
//   audit.log-20261123, audit.log.2026-11-23, audit-20261123.log, audit.log20261123
//                                         logrotate with `dateext` and any `dateformat` of digits
//   audit.log.old                         what people do by hand (old, bak, prev)
// beside the log and beside the file that it links to. Of a backup that is there both plain and compressed
// (the compressor may not have finished) only the plain one. A time in a name that lies more than a day ahead
// of the host's clock is not believed: the time of the last writing counts.
//
// `error` is set where something could not be looked at, so that one may be missing. No folder is no error.
// `folders` are looked into as well: logrotate's `olddir`.
std::vector<Backup> list_backups(const std::string& log, std::error_code& error,
                                 const std::vector<std::string>& folders = {});
std::vector<Backup> list_backups(const std::string& log);

// The name (of a file, without folder) is one of those.
bool has_backup_name(std::string_view name, std::string_view log);

// The latest time of a backup, in ns, that is believed now.
int64_t latest_believable();

// The time in a lumberjack name for the log (both without folder), in ns; 0 when it is no such name.
int64_t stamp_of(std::string_view name, std::string_view log);

}  // namespace redshank
