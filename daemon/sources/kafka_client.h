#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daemon/sources/topic_client.h"
#include "daemon/sources/topic_share.h"
#include "exporters/kafka_connection.h"

namespace redshank {

// What a member of a consumer group reads.
struct KafkaSubscription {
    std::string group;
    std::string member;  // its name in the group, which keeps its partitions for it; "": it has none
    std::chrono::milliseconds member_timeout{6000};  // without a heartbeat the group gives them to others
    TopicShare share;                                // what it reads without asking the group
    std::vector<std::string> topics;                 // "audit", "audit-*"
    std::string header;                              // the one that TopicRecord::header is of; "": none
    size_t queue_limit = size_t{32} << 20;           // bytes that librdkafka fetches ahead
};

// A member of the group, by librdkafka, which has threads of its own. Throws std::runtime_error when a file
// cannot be used; brokers that cannot be reached are told by poll(). In a build without Kafka it throws.
std::unique_ptr<TopicClient> make_kafka_client(const KafkaConnection& connection,
                                               const KafkaSubscription& subscription);

}  // namespace redshank
