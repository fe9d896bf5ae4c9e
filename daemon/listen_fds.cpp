#include "daemon/listen_fds.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace redshank {

namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr int kMost = 64;

int number(const char* name) {
    const char* text = std::getenv(name);
    int value = 0;
    if (text) std::from_chars(text, text + std::strlen(text), value);
    return value;
}

bool listens_at(int fd, const boost::asio::ip::tcp::endpoint& address) {
    boost::asio::ip::tcp::endpoint own;
    socklen_t size = own.capacity();
    if (::getsockname(fd, own.data(), &size) != 0) return false;
    if (own.data()->sa_family != AF_INET && own.data()->sa_family != AF_INET6) return false;
    own.resize(size);
    int listens = 0;
    size = sizeof listens;
    const bool is_asked = ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0;
    return is_asked && listens != 0 && own == address;
}

}  // namespace

std::optional<int> inherited_listener(const boost::asio::ip::tcp::endpoint& address) {
    if (number("LISTEN_PID") != ::getpid()) return std::nullopt;
    const int count = std::min(number("LISTEN_FDS"), kMost);
    for (int fd = kFirst; fd < kFirst + count; ++fd) {
        if (!listens_at(fd, address)) continue;
        const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, kFirst);
        if (own >= 0) return own;
    }
    return std::nullopt;
}

}  // namespace redshank
