#include "daemon/store/database_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "daemon/store/schema.h"
#include "daemon/store/sqlite.h"

namespace redshank {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kFileMode = 0600, kFolderMode = 0700;

[[noreturn]] void fail(const std::string& path, const std::string& what, int error) {
    throw std::runtime_error(path + ": " + what + ": " + std::generic_category().message(error));
}

fs::path folder_of(const std::string& path) {
    const fs::path folder = fs::path(path).parent_path();
    return folder.empty() ? fs::path(".") : folder;
}

// Makes a rename or a new name durable.
void sync_folder(const std::string& path) {
    const int fd = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;  // a folder that we may write but not read: nothing to be done
    ::fsync(fd);
    ::close(fd);
}

// Files that root creates (a replay with sudo) must belong to the service, which runs as the owner of the
// folder.
void give_to_owner_of_folder(int fd, const std::string& path) {
    struct stat folder {};
    if (::geteuid() != 0 || ::stat(folder_of(path).c_str(), &folder) != 0) return;
    if (::fchown(fd, folder.st_uid, folder.st_gid) != 0) return;  // then the next start names the owner
}

// Why a file that we may not open is not ours, and what to do about it.
std::string cannot_open(const std::string& path) {
    struct stat file {};
    if (::stat(path.c_str(), &file) == 0 && file.st_uid != ::geteuid()) {
        return "belongs to user " + std::to_string(file.st_uid) +
               "; chown it and the files beside it to user " + std::to_string(::geteuid());
    }
    return "cannot be made (the folder must be writable by redshank)";
}

std::string utc_stamp() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
    return text;
}

}  // namespace

OwnerLock::OwnerLock(const std::string& path) : path_(path) {
    const std::string name = path + ".lock";
    fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
    if (fd_ < 0) {
        const int error = errno;
        fail(name, cannot_open(name), error);
    }
    give_to_owner_of_folder(fd_, path);
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    const int error = errno;
    ::close(fd_);
    if (error != EWOULDBLOCK) fail(name, "cannot be locked", error);
    throw std::runtime_error(path + ": in use by another redshank; stop it first, or give another --state");
}

OwnerLock::~OwnerLock() {
    ::close(fd_);
}

bool OwnerLock::renew() {
    const std::string name = path_ + ".lock";
    const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
    if (fd < 0) return true;
    struct stat held {
    }, found{};
    const bool is_same = ::fstat(fd_, &held) == 0 && ::fstat(fd, &found) == 0 &&
                         held.st_dev == found.st_dev && held.st_ino == found.st_ino;
    if (is_same || ::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        return is_same;
    }
    ::close(fd_);
    fd_ = fd;
    return true;
}

bool is_full(const std::string& path) {
    struct statvfs space {};
    return ::statvfs(folder_of(path).c_str(), &space) == 0 && space.f_bavail == 0;
}

bool has_room(const std::string& path, uint64_t bytes) {
    struct statvfs space {};
    return ::statvfs(folder_of(path).c_str(), &space) == 0 && space.f_bavail * space.f_frsize >= bytes;
}

FileIdentity identity_of(const std::string& path) {
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0) return {};
    return {static_cast<uint64_t>(file.st_dev), static_cast<uint64_t>(file.st_ino)};
}

void make_folder_of(const std::string& path) {
    const fs::path folder = folder_of(path);
    std::error_code error;
    if (fs::is_directory(folder, error)) return;
    if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
    if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
        fail(folder, "cannot be made (set state_dir or --state to a folder that redshank may write)", errno);
    }
}

void create_database(const std::string& path) {
    const std::string draft = path + ".new";
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) ::unlink((draft + suffix).c_str());
    const int fd = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
    if (fd < 0) fail(draft, "cannot be made", errno);
    give_to_owner_of_folder(fd, path);
    {
        sqlite::Connection db(draft, SQLITE_OPEN_READWRITE);
        migrate(db);
        db.execute("PRAGMA journal_mode = WAL");
    }
    ::fsync(fd);
    ::close(fd);
    // Files of a database that no longer exists would be taken for parts of the new one.
    for (const char* suffix : {"-wal", "-shm", "-journal"}) ::unlink((path + suffix).c_str());
    if (::rename(draft.c_str(), path.c_str()) != 0) fail(path, "cannot be made", errno);
    sync_folder(path);
}

std::string set_aside(const std::string& path) {
    std::string to = path + ".damaged-" + utc_stamp();
    for (int next = 2; fs::exists(to); ++next)
        to = path + ".damaged-" + utc_stamp() + "-" + std::to_string(next);
    // The database itself last: killed in between, we find it again and set aside the rest.
    for (const char* suffix : {"-wal", "-shm", "-journal", ""}) {
        if (::rename((path + suffix).c_str(), (to + suffix).c_str()) == 0 || errno == ENOENT) continue;
        fail(path, "is damaged and cannot be set aside", errno);
    }
    sync_folder(path);
    return to;
}

bool looks_like_a_log(const std::string& path) {
    char start[4] = {};
    std::ifstream(path, std::ios::binary).read(start, sizeof start);
    const std::string_view head(start, sizeof start);
    return head[0] == '{' || head.starts_with("\x1f\x8b") || head == "\x28\xb5\x2f\xfd" ||
           head.starts_with("BZh") || head == "\xfd\x37zX";
}

std::string obstacle(const std::string& path) {
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0) {
        if (errno == ENOENT) return {};
        return fmt::format(
            "cannot be looked at: {}; let user {} into the folders above it, or name another place "
            "(state_dir, --state)",
            std::generic_category().message(errno), ::geteuid());
    }
    constexpr std::string_view kElsewhere = "move it away, or name another place (state_dir, --state)";
    if (S_ISDIR(file.st_mode))
        return fmt::format("is a folder, and redshank keeps a file there; {}", kElsewhere);
    if (!S_ISREG(file.st_mode)) return fmt::format("is a pipe, socket or device and no file; {}", kElsewhere);
    if (::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) == 0) return {};
    const int error = errno;
    return fmt::format(
        "cannot be read: {} (mode {:04o}, owner uid {}); run redshank as that user, or chown it and "
        "the files beside it to user {} and chmod 0600",
        std::generic_category().message(error), file.st_mode & 07777U, file.st_uid, ::geteuid());
}

}  // namespace redshank
