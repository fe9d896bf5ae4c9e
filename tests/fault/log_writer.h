// Writes logs as a kube-apiserver (lumberjack) and as logrotate do, down to the open flags.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/sources/unique_fd.h"

namespace redshank::test {

class LogWriter {
  public:
    explicit LogWriter(std::filesystem::path log);

    // A server starts: the file is opened with O_APPEND, or made with mode 0600. Called by write() when
    // needed.
    void open();
    void close() { fd_.reset(); }
    bool is_open() const { return static_cast<bool>(fd_); }
    // One write(2).
    void write(const std::string& bytes);

    // Renames to NAME-<time>.EXT and makes a new file with the old one's mode, without O_APPEND, as
    // lumberjack does. Returns the backup.
    std::filesystem::path rotate();
    // The background compression: BACKUP.gz beside it, then the backup is removed.
    static void compress(const std::filesystem::path& backup);
    // The same, killed half-way: both stay, the compressed one cut short.
    static void crash_in_compress(const std::filesystem::path& backup);

    // logrotate: moves NAME.EXT.N to N+1 and makes NAME.EXT.1 by copying (and truncating) or by renaming.
    void copytruncate();
    void logrotate_rename();  // and the server is told nothing: it writes on into NAME.EXT.1
    void remove();            // and the server is told nothing

    // Backups in either style, oldest first.
    std::vector<std::filesystem::path> backups() const;
    const std::filesystem::path& log() const { return log_; }

  private:
    void shift_numbers();
    std::filesystem::path numbered(int number) const;
    int64_t tick();

    const std::filesystem::path log_;
    UniqueFd fd_;
    int64_t milliseconds_;  // a clock of its own, so that many rotations fit into one tick of the kernel's
};

}  // namespace redshank::test
