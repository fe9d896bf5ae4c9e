// [[source]] of type "kafka": topics of anything that speaks Kafka's protocol. docs/kafka.md says how it
// behaves.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sources/kafka_client.h"
#include "daemon/sources/source.h"

namespace redshank {

struct SourceConfig;

struct KafkaSourceConfig {
    std::string name;  // in metrics, messages and the state, where it keys the positions; "": "kafka GROUP"
    KafkaConnection connection;
    std::vector<std::string> topics;  // names, or patterns with * and ?
    std::string group = "redshank";
    std::string member;  // this worker's name in the group; "": none
    std::chrono::seconds member_timeout = std::chrono::minutes{5};
    std::vector<std::string> members;  // all of the fleet, each of which reads a fixed share; none: the group
                                       // gives partitions away
    std::vector<std::string> stands_in_for;  // members: this worker becomes the one that is silent
    std::string state_topic;                 // where this worker's state is copied to; "": nowhere
    enum class ClusterFrom : uint8_t { Key, Header, Topic, Envelope, Fixed } cluster_from = ClusterFrom::Key;
    std::string header;                 // of ClusterFrom::Header
    std::string cluster;                // of Fixed, and of records that say none
    std::vector<std::string> clusters;  // whose records are read, patterns; none: all
    size_t most_clusters = 1000;
    enum class Start : uint8_t { Group, Beginning, End } start = Start::Group;  // where no position is known
    size_t queue_limit = size_t{64} << 20;  // bytes fetched ahead, half of them by librdkafka
    std::chrono::seconds stall_after = std::chrono::minutes{10};  // 0: silence is never reported

    using Clock = std::chrono::steady_clock;
    std::function<Clock::time_point()> now = Clock::now;

    static constexpr std::string_view kReads = "topics";
    std::string label() const { return name.empty() ? "kafka " + group : name; }
    KafkaSubscription subscription() const;
};

// `connect` makes the client: now, and at each reload. Throws what it throws.
using MakeTopicClient = std::function<std::unique_ptr<TopicClient>(const KafkaSourceConfig&)>;
std::unique_ptr<Source> make_kafka_source(KafkaSourceConfig config, MakeTopicClient connect);

// For registry.cpp.
void read(ConfigTable& table, KafkaSourceConfig& config);
std::unique_ptr<Source> make_source(const KafkaSourceConfig& own, const SourceConfig& shared);
std::string reads(const KafkaSourceConfig& config);

}  // namespace redshank
