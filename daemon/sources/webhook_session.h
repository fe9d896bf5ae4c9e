#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "daemon/sources/webhook_server.h"

namespace redshank {

// One connection: handshake, then request after request. Lives as long as one of its operations is under way.
// The listener's thread only.
//
// A request is refused from its headers, before any of its body is received: then the answer says why, and
// the connection is closed.
class WebhookSession : public std::enable_shared_from_this<WebhookSession> {
  public:
    using Clock = std::chrono::steady_clock;

    WebhookSession(boost::asio::ip::tcp::socket socket, WebhookServer& server,
                   std::shared_ptr<const WebhookCredentials> credentials);
    ~WebhookSession();

    void start();
    void durable(const BodyHash& body);
    // Says 503 to who waits; ends at once what waits for nothing.
    void stop();
    void close();

    bool is_waiting() const { return waits_for_.has_value(); }
    bool has_posted() const { return has_posted_; }  // it has shown once that it may
    // Since when it has sent nothing that counts; nothing while a body is on its way or waits.
    std::optional<Clock::time_point> idle_since() const { return idle_since_; }

  private:
    struct Refusal {
        int code;
        std::string text;
    };

    void read_header();
    void expect_within(std::chrono::milliseconds time);
    void has_broken_off(boost::beast::error_code error);
    std::optional<Refusal> why_refused();
    void read_body();
    void read_rest();
    void take_body();
    void wait(const BodyHash& body);
    void answer(int code, const std::string& text, bool goes_on = true);
    void linger();

    WebhookServer& server_;
    const std::shared_ptr<const WebhookCredentials> credentials_;  // of its handshake
    boost::asio::ssl::stream<boost::beast::tcp_stream> stream_;
    boost::asio::steady_timer patience_;
    boost::beast::flat_buffer buffer_{64 * 1024};
    std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
    boost::beast::http::response<boost::beast::http::string_body> response_;
    size_t reserved_ = 0;  // of the queue, for the body that is being received
    std::optional<BodyHash> waits_for_;
    std::optional<Clock::time_point> idle_since_ = Clock::now();
    bool has_posted_ = false, is_named_ = false, is_leaving_ = false, is_late_ = false;
};

}  // namespace redshank
