#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "daemon/sources/unique_fd.h"

namespace redshank::test {

// systemd's end of the socket of sd_notify(3).
class NotifyListener {
  public:
    // `name`: a path, or "@name".
    explicit NotifyListener(const std::string& name) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name[0] == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0)
            << std::strerror(errno);
    }

    // The next message; "" when there is none. `attached` is the descriptor that came with it, if one did.
    std::string take() {
        char text[1024];
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        iovec buffer{text, sizeof text};
        msghdr message{
            .msg_iov = &buffer, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        const ssize_t size = recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        attached.reset();
        if (size < 0) return "";
        if (const cmsghdr* header = CMSG_FIRSTHDR(&message)) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
            attached = UniqueFd(fd);
        }
        return std::string(text, static_cast<size_t>(size));
    }

    UniqueFd attached;

  private:
    UniqueFd fd_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

}  // namespace redshank::test
