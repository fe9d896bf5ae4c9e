#include "daemon/http/tls_context.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/config/credential.h"

namespace redshank {

namespace ssl = boost::asio::ssl;

TlsFileError::TlsFileError(std::string_view key, const std::string& path, std::string_view what)
    : std::runtime_error(fmt::format("{} {}: {}", key, path, what)), key_(key) {}

std::string readable_file(std::string_view key, const std::string& file) {
    std::string path = credential_path(file);
    if (std::ifstream in(path); !in)
        throw TlsFileError(key, path, std::string("cannot read: ") + std::strerror(errno));
    return path;
}

std::unique_ptr<ssl::context> make_tls_context(const TlsFiles& files) {
    auto tls = std::make_unique<ssl::context>(ssl::context::tls_server);
    SSL_CTX* native = tls->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(native, 0);
    tls->set_password_callback([](size_t, ssl::context::password_purpose) { return std::string{}; });

    boost::system::error_code error;
    std::string path = readable_file("cert_file", files.cert_file);
    tls->use_certificate_chain_file(path, error);
    if (error) throw TlsFileError("cert_file", path, "holds no certificate in PEM");
    path = readable_file("key_file", files.key_file);
    tls->use_private_key_file(path, ssl::context::pem, error);
    if (error) {
        throw TlsFileError("key_file", path,
                           "holds no private key in PEM, without a passphrase, of cert_file");
    }
    if (SSL_CTX_check_private_key(native) != 1)
        throw TlsFileError("key_file", path, "is not the key of cert_file");

    if (files.client_ca_file.empty()) return tls;
    path = readable_file("client_ca_file", files.client_ca_file);
    tls->load_verify_file(path, error);
    if (error) throw TlsFileError("client_ca_file", path, "holds no certificate in PEM");
    tls->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    return tls;
}

}  // namespace redshank
