#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/mutex.h"
#include "daemon/sources/topic_client.h"
#include "daemon/sources/topic_share.h"

namespace redshank {

// Asks the brokers which partitions the topics have, for who reads a share of them by itself: once a second
// until they answer, then once a minute, in a thread of its own.
class TopicWatch {
  public:
    // `topics`: names, or patterns with * and ?. `found` is called in that thread when take() has something.
    // The client must outlive this.
    TopicWatch(rd_kafka_t* client, std::vector<std::string> topics, TopicShare share,
               std::function<void()> found);

    // Partitions of the share that were not known before; nothing when there was no answer since the last
    // call that brought any. The first answer counts also when it names none.
    std::optional<std::vector<TopicPartition>> take() EXCLUDES(mutex_);
    // A name for which the brokers have no topic; "" when there is none.
    std::string missing() const EXCLUDES(mutex_);

  private:
    void run(const std::stop_token& stop);
    bool ask();
    bool learn(const rd_kafka_metadata_t& answer) EXCLUDES(mutex_);

    rd_kafka_t* const client_;
    const std::vector<std::string> topics_;
    const TopicShare share_;
    const std::function<void()> found_;
    std::set<TopicPartition> known_;  // of the share
    bool has_answer_ = false;
    mutable Mutex mutex_;
    std::optional<std::vector<TopicPartition>> new_ GUARDED_BY(mutex_);
    std::string missing_ GUARDED_BY(mutex_);
    std::jthread thread_;  // the last one: it uses the others
};

}  // namespace redshank
