#include "daemon/sources/watcher.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace redshank {

namespace {

// Of 4 KiB each: more events than come between two turns, and an end when somebody makes them as fast as they
// are read. What stays wakes the reader once more.
constexpr int kMostReads = 16;

// Those on which each write goes through this kernel, by the same inode: no network, FUSE or layers.
bool is_on_local_file_system(int fd) {
    struct statfs is {};
    if (::fstatfs(fd, &is) != 0) return false;
    constexpr std::array<uint32_t, 5> kLocal = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                                F2FS_SUPER_MAGIC, TMPFS_MAGIC};
    return std::find(kLocal.begin(), kLocal.end(), static_cast<uint32_t>(is.f_type)) != kLocal.end();
}

}  // namespace

Watcher::Watcher(bool on) {
    if (on) inotify_ = UniqueFd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
}

void Watcher::watch_folders(const std::vector<std::string>& folders) {
    if (!inotify_) return;
    // What is written to a file has a watch of its own, where that could be set: in a folder like /var/log
    // others write all the time.
    const uint32_t writes = file_watch_ < 0 ? IN_MODIFY : 0;
    has_folders_ = true;
    for (const std::string& folder : folders) {
        has_folders_ &= ::inotify_add_watch(
                            inotify_.get(), folder.c_str(),
                            writes | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB) >= 0;
    }
}

void Watcher::watch_file(int fd) {
    if (!inotify_) return;
    is_local_ = is_on_local_file_system(fd);
    const int before = file_watch_;
    file_watch_ = ::inotify_add_watch(inotify_.get(), fmt::format("/proc/self/fd/{}", fd).c_str(),
                                      IN_MODIFY | IN_ATTRIB);
    if (before < 0 || before == file_watch_) return;
    ::inotify_rm_watch(inotify_.get(), before);
    drain();  // of the event that says so, which would wake us for nothing
}

void Watcher::drain() {
    if (!inotify_) return;
    char events[4096];
    for (int i = 0; i < kMostReads; ++i) {
        if (::read(inotify_.get(), events, sizeof events) <= 0) return;
    }
}

}  // namespace redshank
