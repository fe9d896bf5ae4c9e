// What a source needs of a group of brokers. kafka_client.h talks to real ones; tests play them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace redshank {

// Whether a name of the configuration stands for many topics.
inline bool has_wildcard(std::string_view topic) {
    return topic.find_first_of("*?") != topic.npos;
}

struct TopicPartition {
    std::string topic;
    int32_t number = 0;

    std::string text() const { return topic + "/" + std::to_string(number); }
    auto operator<=>(const TopicPartition&) const = default;
};

// Where reading of a partition begins: an offset, or one of these.
inline constexpr int64_t kFromBeginning = -2, kFromEnd = -1;
inline constexpr int64_t kFromGroup = -1000;  // what the group has noted; the beginning where that is nothing

struct TopicPlace {
    TopicPartition partition;
    int64_t offset = kFromBeginning;
    auto operator<=>(const TopicPlace&) const = default;
};

// The views live during the call.
struct TopicRecord {
    const TopicPartition& partition;
    int64_t offset = 0;
    std::string_view value;
    std::string_view key, header;  // header: the one that was asked for; "" when there is none
};

// Hears what TopicClient::poll() has.
class TopicReader {
  public:
    virtual ~TopicReader() = default;
    virtual void record(const TopicRecord& record) = 0;
    // There is nothing at this offset yet.
    virtual void reached_end(const TopicPartition& partition, int64_t offset) = 0;
    // The group gives partitions to this member; nothing comes of them before begin().
    virtual void given(const std::vector<TopicPartition>& partitions) = 0;
    // It takes them away, and waits for release(). `are_lost`: others may read them already.
    virtual void taken(const std::vector<TopicPartition>& partitions, bool are_lost) = 0;
    // Why nothing can be read, in words for people; "" when it can be again.
    virtual void problem(const std::string& why) = 0;
};

// All calls come from one thread.
class TopicClient {
  public:
    virtual ~TopicClient() = default;
    // Hands on what has come, about a megabyte, without waiting. True when there may be more.
    virtual bool poll(TopicReader& reader) = 0;
    virtual void begin(const std::vector<TopicPlace>& places) = 0;
    virtual void release(const std::vector<TopicPartition>& partitions) = 0;
    // Notes these offsets with the group, as a hint for members that know nothing of a partition.
    virtual void note(const std::vector<TopicPlace>& places) = 0;
    virtual void pause(const TopicPartition& partition, bool is_paused) = 0;

    // The offsets that the brokers have, as far as known: from `first` on, before `end`; -1: not known.
    struct Range {
        int64_t first = -1, end = -1;
    };
    virtual Range range(const TopicPartition& partition) const = 0;
    virtual int wake_fd() const = 0;  // becomes readable when poll() has something; drained by it
};

}  // namespace redshank
