#pragma once

#include <string>
#include <vector>

#include "daemon/sources/unique_fd.h"

namespace redshank {

// inotify, used only to wake up: the files themselves are always examined, so that a lost or overflowing
// queue loses nothing. Without inotify (a network file system, no watches left) the reader looks once a
// second.
class Watcher {
  public:
    // Off: wake_fd() is -1 for ever.
    explicit Watcher(bool on);

    int wake_fd() const { return inotify_.get(); }
    // All folders and the file are watched, and the file is on a file system of this host: nobody writes to
    // it from elsewhere without a word.
    bool hears_all() const { return has_folders_ && file_watch_ >= 0 && is_local_; }
    // Folders that are not there yet are left out; call it again now and then.
    void watch_folders(const std::vector<std::string>& folders);
    // Watches an open file, even one without a name, in place of the previous one. Call it before the file is
    // read to its end: earlier changes no longer wake the reader.
    void watch_file(int fd);
    // Takes what there is to read from wake_fd(), and not all of it when that is very much.
    void drain();

  private:
    UniqueFd inotify_;
    int file_watch_ = -1;
    bool has_folders_ = false, is_local_ = false;
};

}  // namespace redshank
