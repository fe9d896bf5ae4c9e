#include "daemon/listen_fds.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "daemon/http/endpoint.h"

namespace redshank {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr int kMost = 512;

int number(const char* name) {
    const char* text = std::getenv(name);
    int value = 0;
    if (text) std::from_chars(text, text + std::strlen(text), value);
    return value;
}

bool listens_at(int fd, const tcp::endpoint& address) {
    tcp::endpoint own;
    socklen_t size = own.capacity();
    if (::getsockname(fd, own.data(), &size) != 0) return false;
    if (own.data()->sa_family != AF_INET && own.data()->sa_family != AF_INET6) return false;
    own.resize(size);
    int listens = 0;
    size = sizeof listens;
    const bool is_asked = ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0;
    return is_asked && listens != 0 && own == address;
}

std::optional<int> inherited_listener(const tcp::endpoint& address) {
    for (const InheritedFd& one : inherited_fds()) {
        if (!listens_at(one.fd, address)) continue;
        const int own = ::fcntl(one.fd, F_DUPFD_CLOEXEC, kFirst);
        if (own >= 0) return own;
    }
    return std::nullopt;
}

}  // namespace

std::vector<InheritedFd> inherited_fds() {
    std::vector<InheritedFd> all;
    if (number("LISTEN_PID") != ::getpid()) return all;
    const int count = std::min(number("LISTEN_FDS"), kMost);
    const char* text = std::getenv("LISTEN_FDNAMES");
    std::string_view names = text == nullptr ? std::string_view() : text;
    for (int fd = kFirst; fd < kFirst + count; ++fd) {
        const size_t end = std::min(names.find(':'), names.size());
        all.push_back({fd, std::string(names.substr(0, end))});
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return all;
}

void listen_at(tcp::acceptor& acceptor, const std::string& address, const std::string& key) {
    const auto endpoint = parse_endpoint(address);
    if (!endpoint) throw std::runtime_error(key + " \"" + address + "\": " + kEndpointForm);
    boost::system::error_code error;
    if (const auto inherited = inherited_listener(*endpoint)) {
        acceptor.assign(endpoint->protocol(), *inherited, error);
    } else {
        acceptor.open(endpoint->protocol(), error);
        if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
        if (!error) acceptor.bind(*endpoint, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (!error) return;
    const bool is_taken = error == asio::error::address_in_use;
    throw std::runtime_error(
        key + " " + address + ": " +
        (is_taken ? "another program uses this port; stop it or choose another one" : error.message()));
}

}  // namespace redshank
