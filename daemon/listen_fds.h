#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <optional>

namespace redshank {

// The socket that systemd (redshank-webhook.socket, sd_listen_fds(3)) handed over and that listens at this
// address, as a descriptor of the caller's own. With it, connections wait in the kernel while redshank is
// being restarted, instead of being refused. Nothing when there is none.
std::optional<int> inherited_listener(const boost::asio::ip::tcp::endpoint& address);

}  // namespace redshank
