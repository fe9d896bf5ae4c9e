#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

namespace redshank {

// What systemd handed over (sd_listen_fds(3)): sockets, and files that an earlier process left to it.
struct InheritedFd {
    int fd;            // systemd's: it stays open, duplicate it
    std::string name;  // FDNAME, "" without one
};
std::vector<InheritedFd> inherited_fds();

// Listens at an address such as "127.0.0.1:9465": on the socket that systemd (redshank-webhook.socket,
// redshank-http.socket) handed over for it, or on a new one. With systemd's, connections wait in the kernel
// while redshank is being restarted, instead of being refused. Throws std::runtime_error, which begins with
// `key`, the setting, and says what is wrong.
void listen_at(boost::asio::ip::tcp::acceptor& acceptor, const std::string& address, const std::string& key);

}  // namespace redshank
