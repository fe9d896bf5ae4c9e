#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "daemon/http/listener.h"

namespace redshank {

// One connection: the handshake where there is TLS, then requests and their answers, repeatedly. Lives as
// long as one of its operations is pending. The listener's thread only.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
  public:
    using Clock = std::chrono::steady_clock;

    HttpSession(boost::asio::ip::tcp::socket socket, HttpListener& listener);
    ~HttpSession();
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;

    void start();
    void close();
    // Since when the client has shown nothing that deserves an answer: during the handshake, a request, and
    // the check of a password.
    std::optional<Clock::time_point> waiting_since() const { return waiting_since_; }

  private:
    void read();
    void read_body();
    void read_rest();
    void stop_reading();
    void has_read(boost::beast::error_code error);
    void authenticate();
    void authenticated(bool is_known);
    void write(bool is_known);
    void send(HttpAnswered answer);
    void refuse(HttpAnswered answer);
    void wait();
    void end();
    template <class Act>
    void on_stream(const Act& act) {
        tls_ ? act(*tls_) : act(stream_);
    }

    HttpListener& listener_;
    std::shared_ptr<const WebAccess> access_;  // outlives the stream that uses its certificates
    boost::beast::tcp_stream stream_;
    std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
    boost::asio::steady_timer patience_;
    boost::beast::flat_buffer buffer_;
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
    HttpAnswered answer_;
    std::string user_;  // who has shown the password of this request
    std::optional<Clock::time_point> waiting_since_;
    bool is_reading_ = false;  // a request
    bool is_late_ = false;     // the request did not come in time
};

}  // namespace redshank
