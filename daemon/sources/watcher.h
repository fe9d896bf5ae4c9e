#pragma once

#include <string>
#include <vector>

#include "daemon/sources/unique_fd.h"

namespace redshank {

// inotify, only as an alarm clock: what happened is always found out by looking at the files, so a lost or
// overflowing queue loses nothing. Without inotify (a network file system, no watches left) whoever waits
// looks once a second.
class Watcher {
  public:
    // Off: wake_fd() is -1 for ever.
    explicit Watcher(bool on);

    int wake_fd() const { return inotify_.get(); }
    // Folders that are not there yet are left out; call it again now and then.
    void watch_folders(const std::vector<std::string>& folders);
    // An open file, even one that has no name any more. Replaces the one before. To be called before the file
    // is read to its end: what happened until now wakes nobody any more.
    void watch_file(int fd);
    void drain();

  private:
    UniqueFd inotify_;
    int file_watch_ = -1;
};

}  // namespace redshank
