#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/http/web_config.h"

namespace redshank {

// A web configuration, ready for use and never changed: what the listener shows, and whom it believes.
class WebAccess {
  public:
    WebAccess() = default;  // HTTP for everybody
    // Reads the certificates. Throws ConfigError with the place of the key.
    explicit WebAccess(WebConfig config);

    boost::asio::ssl::context* tls() const { return tls_.get(); }  // null: HTTP
    // Whether the certificate of a client that has come through the handshake has one of client_allowed_sans.
    bool is_allowed(SSL* connection) const;

    // The common name of the client's certificate, when an authority of client_ca_file vouches for it; else
    // "".
    std::string certified_user(SSL* connection) const;

    bool wants_password() const { return !config_.users.empty(); }
    // For an unknown user one that no password has, but that takes as long to check.
    std::string hash_of(const std::string& user) const;
    bool knows(const std::string& user) const;

    const std::vector<std::pair<std::string, std::string>>& headers() const { return config_.headers; }

  private:
    WebConfig config_;
    std::unique_ptr<boost::asio::ssl::context> tls_;
};

}  // namespace redshank
