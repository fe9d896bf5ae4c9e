#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/sha256.h"
#include "daemon/sources/webhook_source.h"

namespace redshank {

// What the listener shows, and whom it believes: read from the files of the configuration, and never changed.
// A reload makes another one.
class WebhookCredentials {
  public:
    // Throws std::runtime_error: key, file, what is wrong with it.
    explicit WebhookCredentials(const WebhookSourceConfig& config);

    // TLS 1.2 and 1.3; a client certificate is asked for where the configuration names a CA.
    boost::asio::ssl::context& tls() const { return *tls_; }

    // Whether the value of an Authorization header will do: it is one of the tokens, compared in constant
    // time, or none is needed.
    bool is_token(std::string_view authorization) const;
    // Whether the certificate that the client showed may post: it has one of the names, or any will do.
    bool is_named(SSL* connection) const;

  private:
    std::unique_ptr<boost::asio::ssl::context> tls_;
    std::vector<Sha256> tokens_;  // SHA-256, so that no length shows
    bool needs_token_ = false;
    std::vector<std::string> names_;
};

}  // namespace redshank
