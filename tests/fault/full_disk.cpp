#include "tests/fault/full_disk.h"

#include <sqlite3.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace redshank::test {

namespace {

size_t room = 0;

// The number of bytes that can still be written; 0 and ENOSPC when there is no room.
size_t take(size_t size) {
    const size_t taken = std::min(size, room);
    room -= taken;
    if (taken == 0) errno = ENOSPC;
    return taken;
}

ssize_t write_some(int fd, const void* bytes, size_t size) {
    const size_t part = take(size);
    return part == 0 && size > 0 ? -1 : ::write(fd, bytes, part);
}

ssize_t pwrite_some(int fd, const void* bytes, size_t size, off_t offset) {
    const size_t part = take(size);
    return part == 0 && size > 0 ? -1 : ::pwrite(fd, bytes, part, offset);
}

// SQLite's own hook for such tests: its system calls can be replaced by name.
void replace(const char* name, sqlite3_syscall_ptr call) {
    sqlite3_vfs* const vfs = ::sqlite3_vfs_find(nullptr);
    if (vfs->xSetSystemCall(vfs, name, call) != SQLITE_OK)
        throw std::runtime_error("SQLite cannot be made to fail");
}

}  // namespace

FullDisk::FullDisk(size_t left) {
    room = left;
    replace("write", reinterpret_cast<sqlite3_syscall_ptr>(write_some));
    for (const char* name : {"pwrite", "pwrite64"}) {
        sqlite3_vfs* const vfs = ::sqlite3_vfs_find(nullptr);
        if (vfs->xGetSystemCall(vfs, name)) replace(name, reinterpret_cast<sqlite3_syscall_ptr>(pwrite_some));
    }
}

FullDisk::~FullDisk() {
    for (const char* name : {"write", "pwrite", "pwrite64"}) {
        sqlite3_vfs* const vfs = ::sqlite3_vfs_find(nullptr);
        vfs->xSetSystemCall(vfs, name, nullptr);  // restores the real call
    }
}

}  // namespace redshank::test
