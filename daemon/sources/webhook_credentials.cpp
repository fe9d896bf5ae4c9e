#include "daemon/sources/webhook_credentials.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/beast/core/string.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "core/config/credential.h"
#include "core/sha256.h"

namespace redshank {

namespace {

namespace ssl = boost::asio::ssl;

[[noreturn]] void refuse(std::string_view key, const std::string& path, std::string_view what) {
    throw std::runtime_error(fmt::format("{} {}: {}", key, path, what));
}

std::string readable(std::string_view key, const std::string& file) {
    std::string path = credential_path(file);
    if (std::ifstream in(path); !in) refuse(key, path, std::string("cannot read: ") + std::strerror(errno));
    return path;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const size_t begin = text.find_first_not_of(kSpace);
    return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

std::unique_ptr<ssl::context> make_context(const WebhookSourceConfig& config) {
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
    std::string path = readable("cert_file", config.cert_file);
    tls->use_certificate_chain_file(path, error);
    if (error) refuse("cert_file", path, "holds no certificate in PEM");
    path = readable("key_file", config.key_file);
    tls->use_private_key_file(path, ssl::context::pem, error);
    if (error) refuse("key_file", path, "holds no private key in PEM, without a passphrase, of cert_file");
    if (SSL_CTX_check_private_key(native) != 1) refuse("key_file", path, "is not the key of cert_file");

    if (config.client_ca_file.empty()) return tls;
    path = readable("client_ca_file", config.client_ca_file);
    tls->load_verify_file(path, error);
    if (error) refuse("client_ca_file", path, "holds no certificate in PEM");
    tls->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    return tls;
}

}  // namespace

WebhookCredentials::WebhookCredentials(const WebhookSourceConfig& config)
    : tls_(make_context(config)), needs_token_(!config.token_file.empty()), names_(config.client_names) {
    if (!needs_token_) return;
    const std::string path = readable("token_file", config.token_file);
    std::ifstream in(path, std::ios::binary);
    for (std::string line; std::getline(in, line);) {
        if (const std::string_view token = trim(line); !token.empty()) tokens_.push_back(sha256(token));
    }
    if (tokens_.empty()) refuse("token_file", path, "is empty");
}

bool WebhookCredentials::is_token(std::string_view authorization) const {
    if (!needs_token_) return true;
    constexpr std::string_view kScheme = "bearer ";
    const std::string_view scheme = authorization.substr(0, kScheme.size());
    if (!boost::beast::iequals({scheme.data(), scheme.size()}, {kScheme.data(), kScheme.size()}))
        return false;
    const Sha256 shown = sha256(trim(authorization.substr(kScheme.size())));
    bool is_one = false;
    for (const Sha256& token : tokens_)
        is_one |= CRYPTO_memcmp(token.data(), shown.data(), shown.size()) == 0;
    return is_one;
}

bool WebhookCredentials::is_named(SSL* connection) const {
    if (names_.empty()) return true;
    X509* certificate = SSL_get1_peer_certificate(connection);
    bool is_one = false;
    for (const std::string& name : names_) {
        is_one |= certificate &&
                  X509_check_host(certificate, name.data(), name.size(),
                                  X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS,
                                  nullptr) == 1;
    }
    X509_free(certificate);
    return is_one;
}

}  // namespace redshank
