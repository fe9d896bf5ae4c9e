// Writes logs as a kube-apiserver (lumberjack) and logrotate do, down to the open flags.
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

    // Opens the file as a starting server does: with O_APPEND, or newly created with mode 0600. write() calls
    // it when needed.
    void open();
    void close() { fd_.reset(); }
    bool is_open() const { return static_cast<bool>(fd_); }
    // Makes one write(2).
    void write(const std::string& bytes);

    // Renames the log to NAME-<time>.EXT and creates a new file with the old one's mode, without O_APPEND, as
    // lumberjack does. Returns the backup.
    std::filesystem::path rotate();
    // Compresses in the background: writes BACKUP.gz, then removes the backup.
    static void compress(const std::filesystem::path& backup);
    // The same, killed half-way: both files stay, and the compressed one is truncated.
    static void crash_in_compress(const std::filesystem::path& backup);

    // logrotate: renames NAME.EXT.N to N+1, then makes NAME.EXT.1 by copying and truncating, or by renaming.
    void copytruncate();
    void logrotate_rename();  // without a signal to the server, which goes on writing into NAME.EXT.1
    void remove();            // without a signal to the server

    // Backups in either naming style, oldest first.
    std::vector<std::filesystem::path> backups() const;
    const std::filesystem::path& log() const { return log_; }

  private:
    void shift_numbers();
    std::filesystem::path numbered(int number) const;
    int64_t tick();

    const std::filesystem::path log_;
    UniqueFd fd_;
    // A clock of its own, so that many rotations fit into one tick of the kernel's clock.
    int64_t milliseconds_;
};

}  // namespace redshank::test
