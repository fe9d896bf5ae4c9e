#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/sources/merged_sources.h"
#include "daemon/sources/topic_client.h"
#include "daemon/sources/topic_rows.h"
#include "daemon/sources/topic_stream.h"

namespace redshank {

// What has come of a source's partitions and was not handed on yet: each cluster's records in the order of
// time over all partitions (MergedSources), whatever other clusters wait for; and how far each partition was
// handed on. Pipeline thread only.
class TopicIntake {
  public:
    using Clock = std::chrono::steady_clock;

    struct Partition {
        TopicPartition id;
        std::string file;          // in evidence: "kafka:TOPIC/NUMBER"
        int64_t expected = -1;     // the offset that comes next; -1: whatever comes first
        bool is_untouched = true;  // nothing has come since it was given
        bool is_paused = false, is_leaving = false;
        audit::Time newest{};  // of the events that have come, whatever cluster they are of
        // Since then nothing has come of it though a cluster waits for it that was never seen in it.
        std::optional<Clock::time_point> waited_since;
        TopicStream::State state;
        std::map<std::string, int64_t> ahead;                                      // as in its row
        std::map<std::string, std::unique_ptr<TopicStream>, std::less<>> streams;  // by cluster

        size_t bytes() const;  // that wait
        TopicPartitionRow row() const;
    };

    // `source` keys its rows. `cluster`: that of every record, for which all partitions are read together
    // from the first record on; "" when records say it.
    TopicIntake(std::string source, std::string cluster, std::function<Clock::time_point()> now);

    void load(const StateReader& state);
    // The rows of all partitions that have changed since the last save().
    void save(StateWriter& state);

    // A partition that is to be read. Its position is expected(), which is -1 when none is known.
    Partition& give(const TopicPartition& partition);
    // Records of this cluster are to be waited for in that partition ("TOPIC/NUMBER"), once it is read.
    void expect(const std::string& partition, const std::string& cluster) {
        known_[partition].insert(cluster);
    }
    // The partitions in which records of the cluster are known to be.
    std::vector<std::string> partitions_of(const std::string& cluster) const;
    // It is read no more; what waits of it is forgotten, its position is not.
    void stop(Partition& partition);
    void take(const TopicPartition& partition);
    // Something of this cluster has come of the partitions that are read.
    bool reads(const std::string& cluster) const { return clusters_.contains(cluster); }
    Partition* find(const TopicPartition& partition);
    std::map<TopicPartition, Partition>& partitions() { return partitions_; }
    const std::map<TopicPartition, Partition>& partitions() const { return partitions_; }
    void set_reachable(bool is_reachable);

    // A record at the partition's position, which goes on behind it. False when it was handed on before. Its
    // cluster is put in order with what the other partitions have of it; and it waits for those in which it
    // was never seen as long as they have records that have not come, of which the ones that have are older:
    // MergedSources::kHoldLate at most, while nothing comes of them.
    bool add(Partition& partition, const std::string& cluster, int64_t offset, std::string_view value);
    // Nothing to be handed on is before this offset.
    static void pass(Partition& partition, int64_t offset);
    // An event of this time is among what the partition holds.
    static void saw(Partition& partition, audit::Time time);
    // The partition holds something else now, which begins at this offset.
    static void begin_anew(Partition& partition, int64_t offset);

    // Fills the batch with lines of one cluster; the clusters take turns. False when none may go on.
    bool read(Batch& batch);
    // When to read() again though nothing comes.
    Clock::time_point due() const;
    size_t bytes() const { return bytes_; }  // that wait

  private:
    bool is_waited_for(const Partition& partition, const std::string& cluster) const;
    audit::Time limit_of(const std::string& cluster) const;
    void wait_for(const std::string& cluster, const MergedSources& merged, audit::Time limit);
    TopicStream& stream_of(Partition& partition, const std::string& cluster);

    const std::string source_, cluster_;
    const std::function<Clock::time_point()> now_;
    std::map<TopicPartition, Partition> partitions_;
    std::map<TopicPartition, TopicPartitionRow> rows_;    // as saved, or as left by those not read any more
    std::map<std::string, std::set<std::string>> known_;  // clusters, by partition
    std::set<TopicPartition> left_;                       // of these, what is not saved
    struct Cluster {
        std::optional<MergedSources> merged;
        size_t bytes = 0;  // that wait
    };
    std::map<std::string, Cluster> clusters_;  // by name
    std::string last_turn_;                    // of these, the one that was read last
    size_t bytes_ = 0;
    bool is_reachable_ = false;
};

}  // namespace redshank
