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
        bool was_owed = false;
        bool is_known = true;             // its head was read since it waits
        std::optional<FilePlace> from{};  // where reading goes on; of one that is not positioned
    };
    // What a search for a place has found.
    struct Search {
        std::optional<Waiting> found;  // positioned there
        bool is_hidden = false;        // it may be in a file that cannot be read just now: problem() says why
    };

    // `folders`: where else than beside the log.
    BackupQueue(std::string log, std::vector<std::string> folders)
        : log_(std::move(log)), configured_(std::move(folders)) {}

    // Goes on where a stored position was.
    void load(const FilePosition& position);
    void store(FilePosition& position) const;
    // Treats all present backups as read.
    void skip_existing();

    // Reads the folder. `current` is being read already, under any name. Backups that cannot be opened are
    // owed when `owes`. False when something that is not owed could not be looked at: problem() says why.
    bool refresh(const Generation* current, bool owes = true);
    const std::string& problem() const { return problem_; }
    // An open file that has lost its name.
    void add(std::unique_ptr<Generation> file);
    bool empty() const { return waiting_.empty(); }
    bool holds_nameless() const;
    void add_open_files(std::vector<int>& files) const;
    // Compares inodes, also of backups that cannot be opened.
    bool has(const FilePlace& place) const;
    Waiting pop();
    // Takes the backup that contains the place. Older ones are dropped.
    Search take(const FilePlace& place, LineSplitter& lines);

    // Looks for the place in other files beside the log, whatever they are called, and in the folders beside
    // it. A folder where it is found under the name of a backup is a folder of backups from then on.
    Search take_elsewhere(const FilePlace& place, LineSplitter& lines);
    // A file of the log that was renamed: where to is a folder of backups from now on.
    void learn_folder_of(const Generation& file);
    // What comes after a file that was read to its end may be in files that are not read: "PATH: reason" of
    // each that was written later, each once.
    std::vector<std::string> take_strangers(const FileFacts& finished);
    std::vector<std::string> folders() const;

    // A backup that could not be read when its turn came, and can be opened now.
    std::optional<Waiting> take_owed();
    // Finds the owed backup that was being read when the place was stored.
    Search find_owed(const FilePlace& place, LineSplitter& lines);
    bool has_owed() const { return !owed_.empty(); }
    // It has a name, and cannot be read on from the place now.
    void owe(const Waiting& waiting, const FilePlace& place);

    // The file has been read to its end. It may be a backup by now; then nothing up to it is read again.
    void done_with(const Generation& file, const FilePlace& place);
    void done_with(const Waiting& waiting);

    // Backups that cannot be read, with the reason: each once. They are tried again.
    std::vector<std::string> take_failures() { return std::exchange(failures_, {}); }
    // The newest backup that was read is not there any more.
    bool has_lost_its_predecessor() const;
    uint64_t bytes_waiting() const;

  private:
    bool load_heads();
    bool is_waiting(const Backup& backup) const;
    bool is_unread(const Generation& file) const;
    void sort();
    void drop_older(const Backup& backup);
    void done_up_to(const Backup& backup, const std::string& mark);
    bool is_done(const Backup& backup) const;  // as far as its name tells
    bool was_read(const Backup& backup) const;
    void add_mark(const std::string& mark, int64_t key);
    void owe(const Backup& backup, std::optional<FilePlace> place, const std::string& reason);
    std::vector<OwedBackup>::iterator owed(const Backup& backup);
    std::vector<Backup> list();
    std::vector<Backup> listed() const;
    void cannot_read(const std::string& path, const std::string& reason);

    void add_folder(const std::string& file);

    const std::string log_;
    const std::vector<std::string> configured_;
    std::vector<std::string> learned_;
    std::vector<std::string> told_strangers_;
    std::vector<Waiting> waiting_;     // by key
    int64_t after_ = 0, certain_ = 0;  // see FilePosition
    std::vector<DoneBackup> done_;     // the last backups read
    std::vector<int64_t> seen_;        // keys up to `after_` whose heads were found among those
    std::vector<OwedBackup> owed_;     // the oldest first
    std::vector<std::string> failures_;
    std::string problem_;  // of the last look
};

}  // namespace redshank
