#include "daemon/http/web_access.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "core/config/error.h"
#include "daemon/http/tls_context.h"

namespace redshank {

namespace {

namespace ssl = boost::asio::ssl;

[[noreturn]] void refuse_at(const Place& place, const std::string& what) {
    throw ConfigError(place.to_string() + ": " + what);
}

const Place& place_of(const WebConfig::Tls& tls, const std::string& key) {
    if (key == "cert_file") return tls.cert_place;
    return key == "key_file" ? tls.key_place : tls.client_ca_place;
}

void demand_certificates(ssl::context& context, WebConfig::ClientAuth how) {
    using Auth = WebConfig::ClientAuth;
    if (how == Auth::None) return;
    const bool is_demanded = how == Auth::Demand || how == Auth::DemandAndVerify;
    const int more = is_demanded ? ssl::verify_fail_if_no_peer_cert : 0;
    context.set_verify_mode(ssl::verify_peer | more);
    if (how == Auth::Request || how == Auth::Demand)  // any will do
        context.set_verify_callback([](bool, ssl::verify_context&) { return true; });
}

std::unique_ptr<ssl::context> context_of(const WebConfig::Tls& tls) {
    try {
        auto out = make_tls_context({tls.cert_file, tls.key_file, tls.client_ca_file});
        SSL_CTX* native = out->native_handle();
        demand_certificates(*out, tls.client_auth);
        SSL_CTX_set_min_proto_version(native, tls.min_version);
        SSL_CTX_set_max_proto_version(native, tls.max_version);
        if (!tls.prefers_own_ciphers) SSL_CTX_clear_options(native, SSL_OP_CIPHER_SERVER_PREFERENCE);
        if (!tls.ciphers.empty() && SSL_CTX_set_cipher_list(native, tls.ciphers.c_str()) != 1)
            refuse_at(tls.place, "none of cipher_suites can be used");
        if (!tls.groups.empty() &&
            SSL_CTX_set1_groups_list(native, const_cast<char*>(tls.groups.c_str())) != 1)
            refuse_at(tls.place, "curve_preferences cannot be used");
        return out;
    } catch (const TlsFileError& error) {
        refuse_at(place_of(tls, error.key()), error.what());
    }
}

// The text of a name in a certificate, as Go prints it; "" for the kinds that are not compared.
std::string text_of(const GENERAL_NAME& name) {
    const ASN1_STRING* text = nullptr;
    if (name.type == GEN_DNS) text = name.d.dNSName;
    if (name.type == GEN_EMAIL) text = name.d.rfc822Name;
    if (name.type == GEN_URI) text = name.d.uniformResourceIdentifier;
    if (name.type == GEN_IPADD) text = name.d.iPAddress;
    if (!text) return {};
    const std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                            static_cast<size_t>(ASN1_STRING_length(text)));
    if (name.type != GEN_IPADD) return bytes;
    if (bytes.size() == 4) {
        boost::asio::ip::address_v4::bytes_type v4;
        std::copy(bytes.begin(), bytes.end(), v4.begin());
        return boost::asio::ip::make_address_v4(v4).to_string();
    }
    boost::asio::ip::address_v6::bytes_type v6{};
    if (bytes.size() == v6.size()) std::copy(bytes.begin(), bytes.end(), v6.begin());
    return boost::asio::ip::make_address_v6(v6).to_string();
}

// "" when there is none, or several: which of them is meant is not known then.
std::string common_name_of(const X509& certificate) {
    X509_NAME* subject = X509_get_subject_name(&certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size < 0) return {};
    std::string out(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
    OPENSSL_free(text);
    return out;
}

// bcrypt of a random text, at the cost of `like`: "$2b$10$" of it.
std::string hash_of_nobody(const std::string& like) {
    return like.substr(0, 7) + "Sx3KDVvRQVrqFvmcZEYWwOlzoVZyJXRE0rYP4vcVLbzwrVFEqqPQa";
}

}  // namespace

WebAccess::WebAccess(WebConfig config) : config_(std::move(config)) {
    if (config_.tls) tls_ = context_of(*config_.tls);
}

bool WebAccess::is_allowed(SSL* connection) const {
    if (!config_.tls || config_.tls->client_sans.empty()) return true;
    X509* certificate = SSL_get1_peer_certificate(connection);
    if (!certificate) return false;
    auto* names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    X509_free(certificate);
    const auto& allowed = config_.tls->client_sans;
    bool is_one = false;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const std::string text = text_of(*sk_GENERAL_NAME_value(names, i));
        is_one |= !text.empty() && std::find(allowed.begin(), allowed.end(), text) != allowed.end();
    }
    GENERAL_NAMES_free(names);
    return is_one;
}

std::string WebAccess::certified_user(SSL* connection) const {
    using Auth = WebConfig::ClientAuth;
    const Auth how = config_.tls ? config_.tls->client_auth : Auth::None;
    if (how != Auth::VerifyIfGiven && how != Auth::DemandAndVerify) return {};
    X509* certificate = SSL_get1_peer_certificate(connection);
    if (!certificate) return {};
    const std::string name = common_name_of(*certificate);
    X509_free(certificate);
    return name;
}

bool WebAccess::knows(const std::string& user) const {
    return std::any_of(config_.users.begin(), config_.users.end(),
                       [&](const WebConfig::User& known) { return known.name == user; });
}

std::string WebAccess::hash_of(const std::string& user) const {
    const std::string* dearest = &config_.users.front().hash;
    for (const WebConfig::User& known : config_.users) {
        if (known.name == user) return known.hash;
        if (known.hash.substr(4, 2) > dearest->substr(4, 2)) dearest = &known.hash;
    }
    return hash_of_nobody(*dearest);
}

}  // namespace redshank
