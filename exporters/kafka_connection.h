// How to reach a group of Kafka brokers, for the source and the sink. docs/kafka.md says what is verified.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/time.h"
#include "core/config/table.h"

namespace redshank {

struct KafkaConnection {
    std::vector<std::string> brokers;  // "host:port": some of them; the others are asked for
    bool tls = false;
    std::string ca_file, client_cert_file, client_key_file;  // with tls; ca_file "": the host's CAs
    std::string sasl;                                        // mechanism; "": no login
    std::string username, password_file;
    audit::Duration connect_timeout = std::chrono::seconds{5};
    audit::Duration timeout = std::chrono::seconds{10};  // of a request

    std::vector<std::pair<std::string, std::string>> properties;  // of librdkafka, for tests
};

// A name that brokers allow; without wildcards.
bool is_topic(std::string_view name);

// Reads the brokers and how to log in; where TLS files and timeouts come from differs.
void read_brokers(ConfigTable& table, KafkaConnection& connection);
void read_connection(ConfigTable& table, KafkaConnection& connection);

// False in a build without librdkafka (REDSHANK_KAFKA=OFF), which refuses a configuration that needs it.
bool has_kafka();
inline constexpr const char* kNoKafka =
    "\"kafka\" is not in this build, which was made without librdkafka (REDSHANK_KAFKA=OFF); take the Debian "
    "package, or build it yourself";

}  // namespace redshank
