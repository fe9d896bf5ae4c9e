#include "exporters/receiver_files.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "core/config/credential.h"
#include "core/config/url.h"

namespace redshank {

namespace {

struct Free {
    void operator()(BIO* file) const { BIO_free(file); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using File = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

class Checker {
  public:
    explicit Checker(const ReceiverConfig& receiver) : receiver_(receiver) {}

    [[noreturn]] void refuse(const std::string& what) const { throw ReceiverError(receiver_, what); }

    Certificate certificate(const char* key, const std::string& path) const {
        Certificate out(PEM_read_bio_X509(open(key, path).get(), nullptr, &no_passphrase, nullptr));
        if (!out) refuse(std::string(key) + " " + path + ": holds no certificate in PEM");
        return out;
    }

    Key private_key(const char* key, const std::string& path) const {
        Key out(PEM_read_bio_PrivateKey(open(key, path).get(), nullptr, &no_passphrase, nullptr));
        if (!out)
            refuse(std::string(key) + " " + path + ": holds no private key in PEM without a passphrase");
        return out;
    }

  private:
    // Without this OpenSSL would ask for a passphrase on the terminal.
    static int no_passphrase(char*, int, int, void*) { return -1; }

    File open(const char* key, const std::string& path) const {
        errno = 0;
        File file(BIO_new_file(path.c_str(), "r"));
        if (!file) refuse(std::string(key) + " " + path + ": cannot read: " + std::strerror(errno));
        return file;
    }

    const ReceiverConfig& receiver_;
};

}  // namespace

std::string read_secret(const ReceiverConfig& receiver, const std::string& key, const std::string& file) {
    if (file.empty()) throw ReceiverError(receiver, "needs " + key);
    try {
        return read_credential(file);
    } catch (const std::runtime_error& error) {
        throw ReceiverError(receiver, key + " " + error.what());
    }
}

std::string read_authorization(const ReceiverConfig& receiver, const std::string& file) {
    return file.empty() ? "" : read_secret(receiver, "authorization_file", file);
}

void check_connection(const ReceiverConfig& receiver) {
    const Checker checker(receiver);
    const HttpOptions& http = receiver.http;
    if (!http.ca_file.empty()) checker.certificate("ca_file", http.ca_file);
    if (!http.client_key_file.empty() && http.client_cert_file.empty()) {
        checker.refuse("client_key_file needs client_cert_file");
    }
    if (http.client_cert_file.empty()) return;
    const bool apart = !http.client_key_file.empty();
    const Certificate certificate = checker.certificate("client_cert_file", http.client_cert_file);
    const Key key = checker.private_key(apart ? "client_key_file" : "client_cert_file",
                                        apart ? http.client_key_file : http.client_cert_file);
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        checker.refuse("client_key_file is not the key of client_cert_file");
    }
}

void read(ConfigTable& table, Target& target) {
    read_url(table, "url", target.url);
    table.read("url_file", target.url_file);
}

void read_secret_target(ConfigTable& table, Target& target) {
    table.read("url_file", target.url_file);
    table.refuse("url", "is a secret here: put it into a file and give url_file");
}

std::string url_of(const ReceiverConfig& receiver, const Target& target) {
    if (target.url.empty() && target.url_file.empty()) {
        throw ReceiverError(receiver, "needs url_file or url");
    }
    if (!target.url.empty() && !target.url_file.empty()) {
        throw ReceiverError(receiver, "has url_file and url: give one");
    }
    const std::string url =
        target.url.empty() ? read_secret(receiver, "url_file", target.url_file) : target.url;
    if (const std::string problem = url_problem(url); !problem.empty()) {
        throw ReceiverError(receiver, "the URL " + problem);
    }
    return url;
}

}  // namespace redshank
