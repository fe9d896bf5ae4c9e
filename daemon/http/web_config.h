#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/place.h"

namespace redshank {

// The web configuration file of Prometheus' exporter-toolkit, as it is
// (github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md): who may read the pages, and
// how.
struct WebConfig {
    enum class ClientAuth { None, Request, Demand, VerifyIfGiven, DemandAndVerify };
    struct Tls {
        std::string cert_file, key_file, client_ca_file;  // relative ones are in the folder of the file
        ClientAuth client_auth = ClientAuth::None;
        std::vector<std::string>
            client_sans;  // one of them must be in the client's certificate; empty: any will do
        int min_version = 0, max_version = 0;  // TLS1_2_VERSION; 0: what the library has
        std::string ciphers, groups;           // as OpenSSL names them, joined by ':'; empty: its own
        bool prefers_own_ciphers = true;
        Place place, cert_place, key_place, client_ca_place;
    };
    struct User {
        std::string name, hash;  // of bcrypt
    };

    std::optional<Tls> tls;
    std::vector<User> users;
    std::vector<std::pair<std::string, std::string>> headers;
};

// Throws ConfigError: file:line:column, what is wrong, and what to write instead. `text` is the content of
// `file`.
WebConfig parse_web_config(const std::string& text, const std::string& file);

}  // namespace redshank
