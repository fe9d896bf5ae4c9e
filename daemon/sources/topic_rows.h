// The rows of a source that reads topics. docs/state.md describes the tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/time.h"
#include "core/state/describe.h"
#include "core/state/key.h"
#include "daemon/sources/topic_client.h"

namespace redshank {

inline constexpr std::string_view kTopicPartitions = "topic.partitions";
inline constexpr std::string_view kTopicClusters = "topic.clusters";

// How far a partition was read. Clusters that share it need not be read equally far.
struct TopicPartitionRow {
    int64_t next = 0;                      // the first offset that is still to be read …
    std::map<std::string, int64_t> ahead;  // … but for these clusters, of which this one is the first

    template <class V>
    void describe(V& v) {
        v.must("next", next);
        v.sparse("ahead", ahead);
    }
    bool operator==(const TopicPartitionRow&) const = default;
};

struct TopicClusterRow {
    audit::Time last_event{};
    std::vector<std::string> partitions;  // "TOPIC/NUMBER": where records of it have come from

    template <class V>
    void describe(V& v) {
        v.must("last_event", last_event);
        v("partitions", partitions);
    }
};

inline std::string topic_partition_key(std::string_view source, const TopicPartition& partition) {
    return row_key({source, partition.topic, std::to_string(partition.number)});
}
inline std::string topic_cluster_key(std::string_view source, std::string_view cluster) {
    return row_key({source, cluster});
}

}  // namespace redshank
