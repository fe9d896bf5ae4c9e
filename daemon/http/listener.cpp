#include "daemon/http/listener.h"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "daemon/http/session.h"
#include "daemon/listen_fds.h"

namespace redshank {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

bool is_loopback_address(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

HttpListener::HttpListener(HttpConfig config, HttpPages pages)
    : config_(std::move(config)),
      pages_(std::move(pages)),
      web_(config_.web_config_file),
      passwords_(context_, config_.max_connections) {
    listen_at(acceptor_, config_.listen, "http.listen");
}

void HttpListener::accept() {
    if (is_accepting_ || !acceptor_.is_open()) return;
    if (sessions_.size() >= config_.max_connections && !make_room()) return;
    is_accepting_ = true;
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
        is_accepting_ = false;
        if (!error) {
            std::make_shared<HttpSession>(std::move(socket), *this)->start();
            accept();
        } else if (acceptor_.is_open()) {  // out of file descriptors: try again in a moment
            retry_.expires_after(std::chrono::milliseconds{100});
            retry_.async_wait([this](boost::system::error_code) { accept(); });
        }
    });
}

void HttpListener::left(HttpSession& session) {
    sessions_.erase(&session);
    accept();
}

// Closes the connection that has kept the server waiting longest for its request, so that clients that
// connect and send nothing keep nobody out.
bool HttpListener::make_room() {
    HttpSession* slowest = nullptr;
    for (HttpSession* session : sessions_) {
        const auto since = session->waiting_since();
        if (since && (!slowest || since < slowest->waiting_since())) slowest = session;
    }
    if (slowest) slowest->close();
    return false;  // its end makes the room, and accepts
}

void HttpListener::close() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
    for (HttpSession* session : sessions_) session->close();
}

}  // namespace redshank
