#include "daemon/sources/webhook_credentials.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/beast/core/string.hpp>
#include <fstream>

#include "core/sha256.h"
#include "daemon/http/tls_context.h"

namespace redshank {

namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const size_t begin = text.find_first_not_of(kSpace);
    return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

}  // namespace

WebhookCredentials::WebhookCredentials(const WebhookSourceConfig& config)
    : tls_(make_tls_context({config.cert_file, config.key_file, config.client_ca_file})),
      needs_token_(!config.token_file.empty()),
      names_(config.client_names) {
    if (!needs_token_) return;
    const std::string path = readable_file("token_file", config.token_file);
    std::ifstream in(path, std::ios::binary);
    for (std::string line; std::getline(in, line);) {
        if (const std::string_view token = trim(line); !token.empty()) tokens_.push_back(sha256(token));
    }
    if (tokens_.empty()) throw TlsFileError("token_file", path, "is empty");
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
