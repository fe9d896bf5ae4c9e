// What of librdkafka a state topic needs. Not in a build without Kafka.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "exporters/kafka_connection.h"

namespace redshank {

struct FreeKafkaHandle {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
    void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
    void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
template <class Handle>
using KafkaHandle = std::unique_ptr<Handle, FreeKafkaHandle>;

inline constexpr int kTopicAnswer = 30'000;             // milliseconds, for one answer at the start
inline constexpr const char* kLargestRow = "10485760";  // bytes, if the topic takes them

// A consumer that joins no group and notes nothing. `isolation`: read_committed or read_uncommitted.
KafkaHandle<rd_kafka_t> make_topic_reader(const KafkaConnection& connection, const char* isolation);

// Throws std::runtime_error: "state_topic TOPIC: REASON".
[[noreturn]] void fail_topic(const std::string& topic, const std::string& reason);

// How many partitions the topic has, as `client` is told within half a minute. Fails when it is not told, or
// there is no such topic.
int32_t partitions_of(rd_kafka_t* client, const std::string& topic);

}  // namespace redshank
