#include "exporters/kafka_connection.h"

#include <algorithm>
#include <charconv>

namespace redshank {

namespace {

bool is_broker(std::string_view text) {
    const size_t colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return false;
    const bool is_host = std::none_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                                      [](char c) { return c <= ' ' || c == ',' || c == '/' || c == '@'; });
    unsigned port = 0;
    const char* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
    return is_host && error == std::errc{} && at == end && port > 0 && port < 65'536;
}

bool is_near(std::string_view broker) {
    return broker.starts_with("127.") || broker.starts_with("[::1]:") || broker.starts_with("localhost:");
}

void check_login(ConfigTable& table, const KafkaConnection& connection) {
    if (connection.sasl.empty()) {
        if (!connection.username.empty()) table.error("username", "needs sasl, e.g. \"SCRAM-SHA-512\"");
        if (!connection.password_file.empty()) table.error("password_file", "needs sasl");
        return;
    }
    if (connection.username.empty()) table.error("username", "is needed with sasl");
    if (connection.password_file.empty()) table.error("password_file", "is needed with sasl");
    const bool is_far = !std::all_of(connection.brokers.begin(), connection.brokers.end(), is_near);
    if (connection.sasl == "PLAIN" && !connection.tls && is_far)
        table.error("sasl", "PLAIN sends the password as it is: set tls = true, or take SCRAM-SHA-512");
}

}  // namespace

bool is_topic(std::string_view name) {
    return !name.empty() && name.size() < 250 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
               c == '_' || c == '-';
    });
}

void read_brokers(ConfigTable& table, KafkaConnection& connection) {
    table.read("brokers", connection.brokers);
    table.read("tls", connection.tls);
    table.read("sasl", connection.sasl, {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"});
    table.read("username", connection.username);
    table.read("password_file", connection.password_file);
    if (connection.brokers.empty())
        table.error("brokers", "is needed: some of the brokers, e.g. [\"kafka-0:9092\", \"kafka-1:9092\"]");
    for (const std::string& broker : connection.brokers) {
        if (!is_broker(broker))
            table.error("brokers",
                        "must be hosts with ports, e.g. [\"kafka-0:9092\"], not \"" + broker + "\"");
    }
    check_login(table, connection);
}

void read_connection(ConfigTable& table, KafkaConnection& connection) {
    read_brokers(table, connection);
    table.read("ca_file", connection.ca_file);
    table.read("client_cert_file", connection.client_cert_file);
    table.read("client_key_file", connection.client_key_file);
    table.read("connect_timeout", connection.connect_timeout, std::chrono::seconds{1},
               std::chrono::minutes{5});
    table.read("timeout", connection.timeout, std::chrono::seconds{1}, std::chrono::minutes{5});
    const bool has_files = !connection.ca_file.empty() || !connection.client_cert_file.empty() ||
                           !connection.client_key_file.empty();
    if (has_files && !connection.tls) table.error("tls", "must be true for certificates to be used");
    if (connection.client_cert_file.empty() != connection.client_key_file.empty())
        table.error("client_key_file", "and client_cert_file belong together: give both");
}

}  // namespace redshank
