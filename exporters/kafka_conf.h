// librdkafka's settings for a connection. Not in a build without Kafka.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "exporters/kafka_connection.h"

namespace redshank {

struct FreeKafkaConf {
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, FreeKafkaConf>;

// Throws std::runtime_error when a file cannot be used.
KafkaConf make_conf(const KafkaConnection& connection);
// Throws std::logic_error for a name or a value that librdkafka does not know.
void set(const KafkaConf& conf, const char* name, const std::string& value);

// Makes a client. It may use `queue` of the main thread's events only. Throws std::runtime_error when
// librdkafka refuses, as it does certificates that it cannot use.
rd_kafka_t* make_client(rd_kafka_type_t type, KafkaConf conf);

// What librdkafka says of a failure, without the times that differ from one to the next.
std::string steady(std::string reason);

// "no broker of kafka-0:9092 can be reached: REASON; check …". `code`: RD_KAFKA_RESP_ERR_….
std::string unreachable_brokers(const KafkaConnection& connection, int code, const std::string& reason);

}  // namespace redshank
