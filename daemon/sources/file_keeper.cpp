#include "daemon/sources/file_keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/finding/finding.h"
#include "daemon/listen_fds.h"

namespace redshank {

FileKeeper::FileKeeper(SdNotify notify, const std::string& log)
    : notify_(std::move(notify)), prefix_("log-" + finding_id({"log", log}).substr(2) + "-") {}

std::vector<UniqueFd> FileKeeper::take() {
    std::vector<UniqueFd> files;
    for (const InheritedFd& one : inherited_fds()) {
        if (!one.name.starts_with(prefix_)) continue;
        notify_.forget_fd(one.name);
        struct stat is {};
        if (::fstat(one.fd, &is) != 0 || !S_ISREG(is.st_mode) || is.st_nlink > 0) continue;
        UniqueFd own(::fcntl(one.fd, F_DUPFD_CLOEXEC, 0));
        if (own) files.push_back(std::move(own));
    }
    return files;
}

void FileKeeper::hold(const std::vector<int>& files) {
    if (!notify_.has_listener()) return;
    std::map<Inode, std::string> held;
    for (const int file : files) {
        struct stat is {};
        if (held.size() >= kMost || ::fstat(file, &is) != 0) continue;
        const Inode inode(is.st_dev, is.st_ino);
        if (held.contains(inode)) continue;
        if (const auto at = held_.find(inode); at != held_.end()) {
            held.insert(*at);
            continue;
        }
        std::string name = prefix_ + fmt::format("{:x}-{}", is.st_dev, is.st_ino);
        if (notify_.keep_fd(file, name)) held.emplace(inode, std::move(name));
    }
    for (const auto& [inode, name] : held_) {
        if (!held.contains(inode) && !notify_.forget_fd(name)) held.emplace(inode, name);
    }
    held_ = std::move(held);
}

}  // namespace redshank
