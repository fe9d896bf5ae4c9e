// [[source]] of type "webhook": the receiver of the API server's webhook backend
// (--audit-webhook-config-file). docs/webhook.md says how it behaves towards the server.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sources/source.h"

namespace redshank {

class ConfigTable;
struct SourceConfig;

struct WebhookSourceConfig {
    std::string name;    // in metrics, messages and the state; "": "webhook LISTEN"
    std::string listen;  // "address:port"
    std::string cert_file, key_file;
    std::string client_ca_file;             // clients show a certificate of one of these …
    std::vector<std::string> client_names;  // … with one of these names; none: any name
    std::string token_file;                 // clients show one of these tokens, one a line
    std::string cluster;
    size_t body_limit = size_t{32} << 20;   // bytes of one POST
    size_t queue_limit = size_t{64} << 20;  // bytes being received, waiting or in hand
    size_t max_connections = 1024;
    std::chrono::seconds stall_after = std::chrono::minutes{10};  // 0: silence is never reported

    std::chrono::milliseconds header_time = std::chrono::seconds{10};  // a handshake, a request's headers
    std::chrono::milliseconds body_time = std::chrono::seconds{30};    // the API server's own timeout
    std::chrono::milliseconds idle_time = std::chrono::seconds{120};   // client-go lets go after 90 s
    std::chrono::milliseconds patience{900};   // for the commit; then 503, and the client asks again
    std::chrono::milliseconds farewell{1000};  // for a refused client to read why

    using Clock = std::chrono::steady_clock;
    Clock::time_point (*now)() = Clock::now;  // for stall_after

    static constexpr std::string_view kReads = "listen";
    std::string label() const { return name.empty() ? "webhook " + listen : name; }
};

// Throws std::runtime_error when a file cannot be used; start() throws when the address cannot.
std::unique_ptr<Source> make_webhook_source(WebhookSourceConfig config);

// For registry.cpp.
void read(ConfigTable& table, WebhookSourceConfig& config);
std::unique_ptr<Source> make_source(const WebhookSourceConfig& own, const SourceConfig& shared);
std::string reads(const WebhookSourceConfig& config);

}  // namespace redshank
