#include "daemon/sources/topic_watch.h"

#include <pthread.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "audit/glob.h"
#include "core/pause.h"
#include "daemon/fleet/kafka_handles.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

constexpr auto kRetryAfter = 1s, kRefreshAfter = 60s;
constexpr int kMetadataWithin = 1'000;  // milliseconds; a stop waits for it

}  // namespace

TopicWatch::TopicWatch(rd_kafka_t* client, std::vector<std::string> topics, TopicShare share,
                       std::function<void()> found)
    : client_(client),
      topics_(std::move(topics)),
      share_(share),
      found_(std::move(found)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

std::optional<std::vector<TopicPartition>> TopicWatch::take() {
    const Lock lock(mutex_);
    return std::exchange(new_, std::nullopt);
}

std::string TopicWatch::missing() const {
    const Lock lock(mutex_);
    return missing_;
}

void TopicWatch::run(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "topics");
    while (!stop.stop_requested()) pause_for(stop, ask() ? kRefreshAfter : kRetryAfter);
}

// False when it is to be asked again soon.
bool TopicWatch::ask() {
    const rd_kafka_metadata_t* answer = nullptr;
    if (rd_kafka_metadata(client_, 1, nullptr, &answer, kMetadataWithin) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    const KafkaHandle<const rd_kafka_metadata_t> owner(answer);
    return learn(*answer);
}

bool TopicWatch::learn(const rd_kafka_metadata_t& answer) {
    std::vector<TopicPartition> found;
    std::set<std::string_view> there;
    for (int i = 0; i < answer.topic_cnt; ++i) {
        const rd_kafka_metadata_topic_t& topic = answer.topics[i];
        const auto is_it = [&](const std::string& name) { return audit::glob_match(name, topic.topic); };
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR || std::none_of(topics_.begin(), topics_.end(), is_it))
            continue;
        there.insert(topic.topic);
        for (int32_t number = 0; number < topic.partition_cnt; ++number) {
            TopicPartition partition{topic.topic, number};
            if (share_.has(partition) && known_.insert(partition).second)
                found.push_back(std::move(partition));
        }
    }
    const auto lacking = std::find_if(topics_.begin(), topics_.end(), [&](const std::string& name) {
        return !has_wildcard(name) && !there.contains(name);
    });
    const bool are_all_there = lacking == topics_.end();
    {
        const Lock lock(mutex_);
        missing_ = are_all_there ? "" : *lacking;
        if (!found.empty() || !has_answer_) {
            auto& all = new_ ? *new_ : new_.emplace();
            all.insert(all.end(), found.begin(), found.end());
        }
    }
    has_answer_ = true;
    found_();
    return are_all_there;
}

}  // namespace redshank
