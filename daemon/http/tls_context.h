#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace redshank {

// A file that a TLS listener needs, and that is of no use. what(): "key_file /etc/x.key: is not the key of
// cert_file".
class TlsFileError : public std::runtime_error {
  public:
    TlsFileError(std::string_view key, const std::string& path, std::string_view what);
    const std::string& key() const { return key_; }  // "key_file"

  private:
    std::string key_;
};

struct TlsFiles {
    std::string cert_file, key_file;
    std::string client_ca_file;  // may be empty; otherwise a certificate of it is demanded of clients
};

// What both listeners show: TLS 1.2 and 1.3, no compression, renegotiation, tickets or kept sessions. Throws
// TlsFileError.
std::unique_ptr<boost::asio::ssl::context> make_tls_context(const TlsFiles& files);

// `file` (core/config/credential.h), when it can be opened. Throws TlsFileError.
std::string readable_file(std::string_view key, const std::string& file);

}  // namespace redshank
