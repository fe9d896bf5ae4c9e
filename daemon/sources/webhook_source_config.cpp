#include <fmt/format.h>

#include <exception>

#include "core/config/sense.h"
#include "core/config/table.h"
#include "daemon/http/endpoint.h"
#include "daemon/sources/registry.h"
#include "daemon/sources/webhook_source.h"

namespace redshank {

namespace {

void check(ConfigTable& table, const WebhookSourceConfig& config) {
    if (config.listen.empty()) {
        table.error("listen", R"(is needed: an address and a port, e.g. "127.0.0.1:9443")");
    } else if (!parse_endpoint(config.listen)) {
        table.error("listen", kEndpointForm);
    } else if (parse_endpoint(config.listen)->port() == 0) {
        table.error("listen",
                    "port 0 is another one at each start, and no API server would find it; name a port");
    }
    if (config.cert_file.empty()) table.error("cert_file", "is needed: the certificate that clients see");
    if (config.key_file.empty()) table.error("key_file", "is needed: the private key of cert_file");
    if (config.client_ca_file.empty() && config.token_file.empty()) {
        table.error("token_file",
                    "or client_ca_file is needed: whoever can post events can invent them, or hide his own "
                    "among them");
    }
    if (!config.client_names.empty() && config.client_ca_file.empty())
        table.error("client_names", "needs client_ca_file");
    if (config.queue_limit < config.body_limit)
        table.error("queue_limit_mb", "must not be less than body_limit_mb");
}

}  // namespace

void read(ConfigTable& table, WebhookSourceConfig& config) {
    table.read("name", config.name);
    table.read("listen", config.listen);
    table.read("cert_file", config.cert_file);
    table.read("key_file", config.key_file);
    table.read("client_ca_file", config.client_ca_file);
    table.read("client_names", config.client_names);
    table.read("token_file", config.token_file);
    table.read_mebibytes("body_limit_mb", config.body_limit, 1, 1024);
    table.read_mebibytes("queue_limit_mb", config.queue_limit, 1, 65'536);
    table.read("max_connections", config.max_connections, 8, 100'000);
    audit::Duration stall_after = config.stall_after;
    read_or_off(table, "stall_after", stall_after, std::chrono::seconds{1}, kLongestSilence);
    config.stall_after = std::chrono::duration_cast<std::chrono::seconds>(stall_after);
    table.refuse("line_limit_mb", "bounds the lines of a log; body_limit_mb bounds a POST");
    check(table, config);
}

std::string reads(const WebhookSourceConfig& config) {
    return config.listen;
}

std::unique_ptr<Source> make_source(const WebhookSourceConfig& own, const SourceConfig& shared) {
    WebhookSourceConfig config = own;
    config.cluster = shared.cluster;
    try {
        return make_webhook_source(std::move(config));
    } catch (const std::exception& error) {
        throw ConfigError(
            fmt::format("{}: source {}: {}", shared.place.to_string(), own.label(), error.what()));
    }
}

}  // namespace redshank
