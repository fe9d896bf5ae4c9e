// The position that a file source stores with every batch. docs/state.md describes its JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "daemon/sources/file_identity.h"

namespace redshank {

// A backup that could not be read, or not further than to a place, and is tried again.
struct OwedBackup {
    int64_t key = 0;              // see backups.h
    std::optional<FilePlace> at;  // nothing: from its beginning
    bool operator==(const OwedBackup&) const = default;
};

struct DoneBackup {
    std::string mark;  // "size:fingerprint" of its head
    int64_t key = 0;
    bool operator==(const DoneBackup&) const = default;
};

struct FilePosition {
    std::optional<FilePlace> at;         // the generation being read; nothing on a log that never had a line
    std::optional<FilePlace> suspended;  // the generation that waits while an older backup is read at last
    std::vector<FilePlace> left;  // generations left a moment ago, to which a stale writer may still add
    // Backups up to `certain` (their key, see backups.h) are done with. Those from there to `after` are too
    // when `done` has their head: a clock that was set back, or a name with whole seconds, makes one look
    // older than what was read before it.
    int64_t after = 0, certain = 0;
    std::vector<DoneBackup> done;  // the last ones, in the order in which they were read
    std::vector<OwedBackup> owed;
    std::vector<std::string> folders;  // where backups were found, apart from those beside the log
    bool holds_nameless = false;       // a file that was deleted is open and waits to be read
    audit::Time last_event{};          // stageTimestamp of the last line read
    int64_t longest_silence = 0;       // seconds between two growths, to know what silence is normal

    // The highest number of a generation in it.
    uint64_t newest_generation() const;

    std::string to_json() const;
    // nullopt when it is not what to_json() writes.
    static std::optional<FilePosition> from_json(std::string_view text);
    bool operator==(const FilePosition&) const = default;
};

}  // namespace redshank
