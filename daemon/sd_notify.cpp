#include "daemon/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace redshank {

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::optional<long long> number(const std::string& text) {
    long long value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end) return {};
    return value;
}

// Keeps one line only, since a newline would begin another KEY=VALUE.
std::string status_line(std::string_view status) {
    std::string line = "STATUS=" + std::string(status);
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

}  // namespace

SdNotify SdNotify::from_environment() {
    return SdNotify(environment("NOTIFY_SOCKET"));
}

void SdNotify::ready(std::string_view status) const {
    send("READY=1\n" + status_line(status));
}

void SdNotify::stopping() const {
    send("STOPPING=1\nSTATUS=stopping");
}

void SdNotify::reloading() const {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const long long microseconds = now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void SdNotify::status(std::string_view status) const {
    send(status_line(status));
}

void SdNotify::watchdog() const {
    send("WATCHDOG=1");
}

// FDPOLL=0: a file is no socket that could be closed by the other end.
bool SdNotify::keep_fd(int fd, const std::string& name) const {
    return send("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, fd);
}

bool SdNotify::forget_fd(const std::string& name) const {
    return send("FDSTOREREMOVE=1\nFDNAME=" + name);
}

std::optional<std::chrono::microseconds> SdNotify::watchdog_interval() {
    const auto interval = number(environment("WATCHDOG_USEC"));
    if (!interval || *interval <= 0) return {};
    const auto pid = number(environment("WATCHDOG_PID"));
    if (pid && *pid != getpid()) return {};
    return std::chrono::microseconds(*interval);
}

bool SdNotify::send(const std::string& message, int attached) const {
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return true;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_[0] == '@') address.sun_path[0] = '\0';
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    iovec text{const_cast<char*>(message.data()), message.size()};
    msghdr datagram{.msg_name = &address, .msg_namelen = length, .msg_iov = &text, .msg_iovlen = 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof attached)] = {};
    if (attached >= 0) {
        datagram.msg_control = control;
        datagram.msg_controllen = sizeof control;
        cmsghdr* const header = CMSG_FIRSTHDR(&datagram);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof attached);
        std::memcpy(CMSG_DATA(header), &attached, sizeof attached);
    }
    // MSG_DONTWAIT: a full queue must not hold up the pipeline.
    const bool is_taken = sendmsg(fd, &datagram, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != EAGAIN;
    close(fd);
    return is_taken;
}

}  // namespace redshank
