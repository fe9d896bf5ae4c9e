// The database as files in a folder: who owns them, how they come into being, where damaged ones go.
#pragma once

#include <cstdint>
#include <string>

namespace redshank {

// Held by the one process that writes detector state: two daemons on one database would count everything
// twice. The kernel lets go of it when the process ends, however it ends.
class OwnerLock {
  public:
    // Takes PATH.lock. Throws std::runtime_error when another process has it, or the folder cannot be
    // written.
    explicit OwnerLock(const std::string& path);
    ~OwnerLock();
    // Takes the lock again where its file has been removed, so that no second daemon starts. False when
    // another process has it by now; where the folder cannot be written nobody can have.
    bool renew();
    OwnerLock(const OwnerLock&) = delete;
    OwnerLock& operator=(const OwnerLock&) = delete;

  private:
    const std::string path_;
    int fd_;
};

// Makes the folder of `path`, closed to others (0700), when it is missing. Throws std::runtime_error.
void make_folder_of(const std::string& path);

// An empty database with today's schema, in WAL mode, 0600. It appears under its name only when it is
// complete and on disk, so an empty or half-made file under that name is always damage. Throws
// std::runtime_error or sqlite::Error.
void create_database(const std::string& path);

// Whether its folder has no room for another byte.
bool is_full(const std::string& path);

// Whether its folder has room for so many bytes.
bool has_room(const std::string& path, uint64_t bytes);

// Which file a path names, to notice that it is no longer the one that was opened.
struct FileIdentity {
    uint64_t device = 0, inode = 0;
    bool operator==(const FileIdentity&) const = default;
};
// {0, 0} when there is none.
FileIdentity identity_of(const std::string& path);

// Renames PATH, PATH-wal and PATH-shm to PATH.damaged-<UTC time>…; returns the new name. Throws
// std::runtime_error.
std::string set_aside(const std::string& path);

// Why nothing at this path can be opened as a database, whatever is in it, and what to do: a folder, a pipe,
// a file or folder that is closed to us. "" for none of these, and when there is nothing. Does not open it.
std::string obstacle(const std::string& path);

// True for JSON, and for what gzip, zstd, bzip2 and xz make: somebody gave a log where the database belongs.
// Renaming a log that the API server writes would do harm.
bool looks_like_a_log(const std::string& path);

}  // namespace redshank
