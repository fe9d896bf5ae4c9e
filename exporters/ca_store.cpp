#include "exporters/ca_store.h"

#include <unistd.h>

#include <cstdlib>

namespace redshank {

namespace {

// The list of Go's crypto/x509 (root_linux.go).
constexpr const char* kStores[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Flatcar; our image
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL 6
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/pki/tls/cacert.pem",                            // OpenELEC
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL 7 and later
    "/etc/ssl/cert.pem",                                  // Alpine
};

}  // namespace

std::string ca_store() {
    if (const char* chosen = std::getenv("SSL_CERT_FILE"); chosen && *chosen != '\0') return chosen;
    for (const char* file : kStores) {
        if (::access(file, R_OK) == 0) return file;
    }
    return {};
}

}  // namespace redshank
