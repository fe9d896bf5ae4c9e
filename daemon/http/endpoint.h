#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>

namespace redshank {

// "127.0.0.1:9465", "[::1]:9465"; nothing when the text is not an IP address and a port.
std::optional<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& text);

// One of them could not listen while the other does. False for what is no such text, and for port 0.
bool share_port(const std::string& one, const std::string& other);

// The form of such a text, for messages.
inline constexpr const char* kEndpointForm =
    R"(must be an IP address and a port, e.g. "127.0.0.1:9465" or "[::1]:9465")";

}  // namespace redshank
