// The files of a TLS connection, looked at before they are needed: a wrong one is an error of the
// configuration, not an alert that does not arrive.
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "exporters/alert_sink.h"

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
    explicit Checker(const ReceiverConfig& config) : config_(config) {}

    [[noreturn]] void refuse(const std::string& what) const {
        throw ReceiverError("receiver \"" + config_.name + "\": " + what);
    }

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
    // OpenSSL would ask at the terminal.
    static int no_passphrase(char*, int, int, void*) { return -1; }

    File open(const char* key, const std::string& path) const {
        errno = 0;
        File file(BIO_new_file(path.c_str(), "r"));
        if (!file) refuse(std::string(key) + " " + path + ": cannot read: " + std::strerror(errno));
        return file;
    }

    const ReceiverConfig& config_;
};

}  // namespace

void check_connection(const ReceiverConfig& config) {
    const Checker checker(config);
    if (!config.ca_file.empty()) checker.certificate("ca_file", config.ca_file);
    if (!config.client_key_file.empty() && config.client_cert_file.empty()) {
        checker.refuse("client_key_file needs client_cert_file");
    }
    if (!config.client_cert_file.empty()) {
        const bool apart = !config.client_key_file.empty();
        const Certificate certificate = checker.certificate("client_cert_file", config.client_cert_file);
        const Key key = checker.private_key(apart ? "client_key_file" : "client_cert_file",
                                            apart ? config.client_key_file : config.client_cert_file);
        if (X509_check_private_key(certificate.get(), key.get()) != 1) {
            checker.refuse("client_key_file is not the key of client_cert_file");
        }
    }
    if (!config.proxy.empty() && !config.proxy.starts_with("http://") &&
        !config.proxy.starts_with("https://")) {
        checker.refuse("proxy must begin with http:// or https://");
    }
}

}  // namespace redshank
