#include "daemon/sources/topic_share.h"

#include <algorithm>

#include "audit/fnv.h"

namespace redshank {

// Topics begin with different members: many may have one partition each.
bool TopicShare::has(const TopicPartition& partition) const {
    const uint64_t first = audit::fnv1a(partition.topic) % of;
    return (first + static_cast<uint64_t>(partition.number)) % of == place;
}

TopicShare share_of(const std::string& member, std::vector<std::string> members) {
    std::sort(members.begin(), members.end());
    const auto at = std::find(members.begin(), members.end(), member);
    if (at == members.end()) return {};
    return {.place = static_cast<size_t>(at - members.begin()), .of = members.size()};
}

}  // namespace redshank
