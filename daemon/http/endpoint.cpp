#include "daemon/http/endpoint.h"

#include <charconv>

namespace redshank {

namespace asio = boost::asio;

std::optional<asio::ip::tcp::endpoint> parse_endpoint(const std::string& text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    unsigned short port = 0;
    const char* end = text.data() + text.size();
    const auto [parsed, bad] = std::from_chars(text.data() + colon + 1, end, port);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error || bad != std::errc{} || parsed != end) return std::nullopt;
    return asio::ip::tcp::endpoint{address, port};
}

bool share_port(const std::string& one, const std::string& other) {
    const auto a = parse_endpoint(one), b = parse_endpoint(other);
    if (!a || !b || a->port() == 0 || a->port() != b->port()) return false;
    // [::] takes what comes to IPv4 addresses, too.
    const auto covers = [](const asio::ip::address& all, const asio::ip::address& address) {
        return all == address || (all.is_unspecified() && (all.is_v6() || address.is_v4()));
    };
    return covers(a->address(), b->address()) || covers(b->address(), a->address());
}

}  // namespace redshank
