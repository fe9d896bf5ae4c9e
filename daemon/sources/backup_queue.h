#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sources/backups.h"
#include "daemon/sources/file_position.h"
#include "daemon/sources/generation.h"

namespace redshank {

// The backups that have not been read yet, oldest first. They are kept open while they wait, so that a server
// that deletes old backups takes none of them away.
class BackupQueue {
  public:
    struct Waiting {
        std::unique_ptr<Generation> file;
        Backup backup;
        // Otherwise it is in no list, and its time says nothing about files in the list.
        bool has_name = true;
    };

    explicit BackupQueue(std::string log) : log_(std::move(log)) {}

    // Goes on where a stored position was.
    void load(const FilePosition& position);
    void store(FilePosition& position) const;
    // Treats all present backups as read.
    void skip_existing();

    // Reads the folder. `current` is being read already, under any name.
    void refresh(const Generation* current);
    // An open file that has lost its name.
    void add(std::unique_ptr<Generation> file);
    bool empty() const { return waiting_.empty(); }
    // Compares inodes.
    bool has(const FilePlace& place) const;
    Waiting pop();
    // Takes the backup that contains the place, positioned there. Older ones are dropped.
    std::optional<Waiting> take(const FilePlace& place, LineSplitter& lines);

    // A backup that could not be opened when its turn came, and can be now; from its beginning.
    std::optional<Waiting> take_owed();
    // Finds the owed backup that was being read when the place was stored, positioned there.
    std::optional<Waiting> find_owed(const FilePlace& place, LineSplitter& lines) const;

    // The file has been read to its end. It may be a backup by now; then nothing up to it is read again.
    void done_with(const Generation& file, const FilePlace& place);
    void done_with(const Waiting& waiting);

    // Backups that cannot be opened, with the reason: each once. They are tried again.
    std::vector<std::string> take_failures() { return std::exchange(failures_, {}); }
    // The newest backup that was read is not there any more.
    bool has_lost_its_predecessor() const;
    uint64_t bytes_waiting() const;

  private:
    bool is_waiting(const Backup& backup) const;
    bool is_unread(const Generation& file) const;
    void sort();
    void done_up_to(const Backup& backup, const std::string& mark);
    void add_mark(const std::string& mark);
    void owe(const Backup& backup, int reason);

    const std::string log_;
    std::vector<Waiting> waiting_;  // by key
    int64_t after_ = 0;
    std::vector<std::string> done_;  // head marks of the last backups read
    std::vector<int64_t> owed_;      // keys of backups that could not be opened, the oldest first
    std::vector<std::string> failures_;
};

}  // namespace redshank
