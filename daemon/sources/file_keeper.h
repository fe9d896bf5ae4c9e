// Leaves the open files of a log to systemd (FDSTORE of sd_notify(3)), which hands them to the next process:
// a file that the API server deletes while the daemon is down is still read to its end then.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sd_notify.h"
#include "daemon/sources/unique_fd.h"

namespace redshank {

// Without systemd it does nothing. Not thread-safe.
class FileKeeper {
  public:
    static constexpr size_t kMost = 32;  // files of one log; the unit allows more in all

    // `log`: the path; each log has files of its own.
    FileKeeper(SdNotify notify, const std::string& log);

    // The files that an earlier process left and that have no name in any folder by now. Call it once, before
    // hold(); systemd keeps none of the log's files then. Reads $LISTEN_FDS.
    std::vector<UniqueFd> take();
    // From now on these open files are kept, at most kMost, and no others. Call it again now and then:
    // systemd takes a few messages at a time.
    void hold(const std::vector<int>& files);

  private:
    using Inode = std::pair<uint64_t, uint64_t>;  // with its device

    SdNotify notify_;
    std::string prefix_;                 // of the names, "log-", a hash, "-"
    std::map<Inode, std::string> held_;  // by name
};

}  // namespace redshank
