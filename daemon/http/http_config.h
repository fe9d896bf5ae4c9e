#pragma once

#include <chrono>
#include <string>

namespace redshank {

class ConfigTable;

// [http]
struct HttpConfig {
    std::string listen = "127.0.0.1:9465";  // "address:port", "[::1]:port"; port 0: any free one
    size_t max_connections = 64;            // further ones wait in the kernel's backlog
    std::chrono::milliseconds timeout =
        std::chrono::seconds{10};  // for a request, an answer, an idle connection
    std::string web_config_file;   // TLS, users and headers (web_config.h); empty: HTTP for everybody
    std::string reload = "off";    // from where POST /-/reload is taken: off | loopback | any
};

void read(ConfigTable& table, HttpConfig& config);

}  // namespace redshank
