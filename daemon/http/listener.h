#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <set>

#include "daemon/http/http_config.h"
#include "daemon/http/pages.h"
#include "daemon/http/password_checks.h"
#include "daemon/http/slow_answers.h"
#include "daemon/http/web_file.h"

namespace redshank {

class HttpSession;

bool is_loopback_address(const boost::asio::ip::address& address);

// The socket with its connections, and what they share. One thread, which runs context().
class HttpListener {
  public:
    // Throws std::runtime_error, ConfigError.
    HttpListener(HttpConfig config, HttpPages pages);

    void accept();
    void close();
    boost::asio::io_context& context() { return context_; }
    boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

    // --- For sessions ---
    const HttpConfig& config() const { return config_; }
    const HttpPages& pages() const { return pages_; }
    std::shared_ptr<const WebAccess> access() { return web_.current(); }
    PasswordChecks& passwords() { return passwords_; }
    SlowAnswers& slow_answers() { return slow_answers_; }
    void entered(HttpSession& session) { sessions_.insert(&session); }
    void left(HttpSession& session);

  private:
    bool make_room();

    const HttpConfig config_;
    const HttpPages pages_;
    WebFile web_;
    boost::asio::io_context context_{1};
    PasswordChecks passwords_;
    SlowAnswers slow_answers_{context_};
    boost::asio::ip::tcp::acceptor acceptor_{context_};
    boost::asio::steady_timer retry_{context_};
    std::set<HttpSession*> sessions_;
    bool is_accepting_ = false;
};

}  // namespace redshank
