#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/sources/topic_client.h"

namespace redshank {

// Which partitions a worker reads whose fleet has named all its members: whoever is away, nobody else gets
// them, so that the state of their clusters is where they are read. Each partition is in one member's share,
// and shares differ by one partition of a topic at most.
struct TopicShare {
    size_t place = 0, of = 0;  // of: 0: none, the group gives partitions away

    bool has(const TopicPartition& partition) const;
};

// The share of `member` among all, in whatever order they are named. None when it is not among them.
TopicShare share_of(const std::string& member, std::vector<std::string> members);

}  // namespace redshank
