#include "exporters/kafka_conf.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "core/config/credential.h"

namespace redshank {

namespace {

std::string millis(audit::Duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

void set_file(const KafkaConf& conf, const char* name, const std::string& key, const std::string& file) {
    if (file.empty()) return;
    const std::string path = credential_path(file);
    if (std::ifstream in(path); !in)
        throw std::runtime_error(fmt::format("{} {}: cannot read: {}", key, path, std::strerror(errno)));
    set(conf, name, path);
}

// librdkafka would write to stderr: what people must know comes as an error of the client.
void say_nothing(const rd_kafka_t*, int, const char*, const char*) {}

void set_login(const KafkaConf& conf, const KafkaConnection& connection) {
    if (connection.sasl.empty()) return;
    set(conf, "sasl.mechanism", connection.sasl);
    set(conf, "sasl.username", connection.username);
    try {
        set(conf, "sasl.password", read_credential(connection.password_file));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(std::string("password_file ") + error.what());
    }
}

const char* advice(int code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return "check sasl, username and password_file, and that the brokers' port is one with SASL";
        case RD_KAFKA_RESP_ERR__SSL:
            return "check tls and ca_file, and that the brokers' port is one with TLS";
        default:
            return "check that they run, the addresses in `brokers`, and what is between";
    }
}

}  // namespace

bool has_kafka() {
    return true;
}

void set(const KafkaConf& conf, const char* name, const std::string& value) {
    char problem[256] = "";
    if (rd_kafka_conf_set(conf.get(), name, value.c_str(), problem, sizeof problem) != RD_KAFKA_CONF_OK)
        throw std::logic_error(fmt::format("{}: {}", name, problem));
}

KafkaConf make_conf(const KafkaConnection& connection) {
    KafkaConf conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), say_nothing);
    set(conf, "client.id", "redshank");
    set(conf, "bootstrap.servers", fmt::format("{}", fmt::join(connection.brokers, ",")));
    const bool has_login = !connection.sasl.empty();
    set(conf, "security.protocol",
        std::string(has_login ? "sasl_" : "") + (connection.tls ? "ssl" : "plaintext"));
    if (connection.tls) {
        set_file(conf, "ssl.ca.location", "ca_file", connection.ca_file);
        set_file(conf, "ssl.certificate.location", "client_cert_file", connection.client_cert_file);
        set_file(conf, "ssl.key.location", "client_key_file", connection.client_key_file);
    }
    set_login(conf, connection);
    set(conf, "socket.connection.setup.timeout.ms", millis(connection.connect_timeout));
    set(conf, "socket.timeout.ms", millis(connection.timeout));
    set(conf, "socket.keepalive.enable", "true");
    set(conf, "reconnect.backoff.max.ms", "2000");
    for (const auto& [name, value] : connection.properties) set(conf, name.c_str(), value);
    return conf;
}

rd_kafka_t* make_client(rd_kafka_type_t type, KafkaConf conf) {
    char problem[512] = "";
    rd_kafka_t* client = rd_kafka_new(type, conf.get(), problem, sizeof problem);
    if (client == nullptr) throw std::runtime_error(std::string("Kafka: ") + problem);
    static_cast<void>(conf.release());  // the client owns it now
    return client;
}

std::string steady(std::string reason) {
    if (const size_t times = reason.find(" (after "); times != reason.npos) reason.resize(times);
    return reason;
}

std::string unreachable_brokers(const KafkaConnection& connection, int code, const std::string& reason) {
    return fmt::format("no broker of {} can be reached{}{}; {}", fmt::join(connection.brokers, ", "),
                       reason.empty() ? "" : ": ", reason, advice(code));
}

}  // namespace redshank
