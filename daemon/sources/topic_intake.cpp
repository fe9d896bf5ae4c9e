#include "daemon/sources/topic_intake.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/state/row.h"

namespace redshank {

namespace {

// Of a row's key, without the source.
std::optional<TopicPartition> partition_of(std::string_view key) {
    const size_t mark = key.rfind(kKeyMark);
    if (mark == key.npos) return std::nullopt;
    TopicPartition out{.topic = std::string(key.substr(0, mark)), .number = 0};
    const char* end = key.data() + key.size();
    const auto [at, error] = std::from_chars(key.data() + mark + 1, end, out.number);
    if (error != std::errc{} || at != end) return std::nullopt;
    return out;
}

}  // namespace

size_t TopicIntake::Partition::bytes() const {
    size_t sum = 0;
    for (const auto& [cluster, stream] : streams) sum += stream->bytes();
    return sum;
}

TopicPartitionRow TopicIntake::Partition::row() const {
    TopicPartitionRow row{.next = expected, .ahead = {}};
    for (const auto& [cluster, stream] : streams) {
        if (stream->bytes() > 0) row.next = std::min(row.next, stream->low());
    }
    const auto note = [&](const std::string& cluster, int64_t offset) {
        if (offset > row.next) row.ahead[cluster] = std::max(row.ahead[cluster], offset);
    };
    for (const auto& [cluster, offset] : ahead) note(cluster, offset);
    for (const auto& [cluster, stream] : streams)
        note(cluster, stream->bytes() > 0 ? stream->low() : expected);
    return row;
}

TopicIntake::TopicIntake(std::string source, std::string cluster, std::function<Clock::time_point()> now)
    : source_(std::move(source)), cluster_(std::move(cluster)), now_(std::move(now)) {}

void TopicIntake::load(const StateReader& state) {
    load_rows<TopicPartitionRow>(state, kTopicPartitions, source_ + kKeyMark,
                                 [&](std::string_view key, TopicPartitionRow row) {
                                     const auto partition = partition_of(key);
                                     if (partition) rows_[*partition] = std::move(row);
                                     return partition.has_value();
                                 });
}

void TopicIntake::save(StateWriter& state) {
    for (auto& [id, partition] : partitions_) {
        if (!std::exchange(partition.state.has_moved, false) || partition.expected < 0) continue;
        rows_[id] = partition.row();
        left_.insert(id);
    }
    for (const TopicPartition& id : std::exchange(left_, {}))
        state.put(kTopicPartitions, topic_partition_key(source_, id), write_row(rows_[id]));
}

TopicIntake::Partition& TopicIntake::give(const TopicPartition& id) {
    Partition& partition = partitions_[id];
    partition = {};
    partition.id = id;
    partition.file = "kafka:" + id.text();
    partition.state.is_reachable = is_reachable_;
    if (const auto row = rows_.find(id); row != rows_.end()) {
        partition.expected = row->second.next;
        partition.ahead = row->second.ahead;
    }
    if (!cluster_.empty()) stream_of(partition, cluster_);
    if (const auto known = known_.find(id.text()); known != known_.end()) {
        for (const std::string& cluster : known->second) stream_of(partition, cluster);
    }
    return partition;
}

std::vector<std::string> TopicIntake::partitions_of(const std::string& cluster) const {
    std::vector<std::string> all;
    for (const auto& [partition, clusters] : known_) {
        if (clusters.contains(cluster)) all.push_back(partition);
    }
    return all;
}

// A merger keeps at least one source, so that of the last partition goes with its cluster's.
void TopicIntake::stop(Partition& partition) {
    const TopicPartitionRow row = partition.row();
    for (const auto& [name, stream] : partition.streams) {
        const auto cluster = clusters_.find(name);
        bytes_ -= stream->bytes();
        cluster->second.bytes -= stream->bytes();
        const bool is_last = std::none_of(partitions_.begin(), partitions_.end(), [&](const auto& other) {
            return &other.second != &partition && other.second.streams.contains(cluster->first);
        });
        is_last ? void(clusters_.erase(cluster)) : cluster->second.merged->remove(stream.get());
    }
    partition.streams.clear();
    if (partition.expected >= 0) partition.expected = row.next;
    partition.ahead = row.ahead;
}

void TopicIntake::take(const TopicPartition& id) {
    const auto partition = partitions_.find(id);
    if (partition == partitions_.end()) return;
    stop(partition->second);
    if (partition->second.expected >= 0 && partition->second.state.has_moved) {
        rows_[id] = partition->second.row();
        left_.insert(id);
    }
    partitions_.erase(partition);
}

TopicIntake::Partition* TopicIntake::find(const TopicPartition& id) {
    const auto partition = partitions_.find(id);
    return partition == partitions_.end() ? nullptr : &partition->second;
}

void TopicIntake::set_reachable(bool is_reachable) {
    is_reachable_ = is_reachable;
    for (auto& [id, partition] : partitions_) partition.state.is_reachable = is_reachable;
}

TopicStream& TopicIntake::stream_of(Partition& partition, const std::string& cluster) {
    const auto known = partition.streams.find(cluster);
    if (known != partition.streams.end()) return *known->second;
    known_[partition.id.text()].insert(cluster);
    const auto place = clusters_.try_emplace(cluster).first;
    auto& stream = partition.streams[cluster];
    stream = std::make_unique<TopicStream>(partition.file, place->first, partition.state);
    if (auto& merged = place->second.merged) {
        merged->add(stream.get());
    } else {
        merged.emplace(std::vector<Source*>{stream.get()}, now_);
    }
    return *stream;
}

bool TopicIntake::add(Partition& partition, const std::string& cluster, int64_t offset,
                      std::string_view value) {
    pass(partition, offset + 1);
    if (const auto ahead = partition.ahead.find(cluster); ahead != partition.ahead.end()) {
        if (offset < ahead->second) return false;
        partition.ahead.erase(ahead);
    }
    TopicStream& stream = stream_of(partition, cluster);
    const size_t before = stream.bytes();
    stream.add(offset, value);
    bytes_ += stream.bytes() - before;
    clusters_.find(cluster)->second.bytes += stream.bytes() - before;
    return true;
}

void TopicIntake::pass(Partition& partition, int64_t offset) {
    partition.is_untouched = false;
    partition.waited_since.reset();
    partition.state.has_moved |= partition.expected != offset;
    partition.expected = offset;
}

void TopicIntake::saw(Partition& partition, audit::Time time) {
    partition.newest = std::max(partition.newest, time);
}

void TopicIntake::begin_anew(Partition& partition, int64_t offset) {
    partition.ahead.clear();
    pass(partition, offset);
}

bool TopicIntake::read(Batch& batch) {
    batch.clear();
    auto turn = clusters_.upper_bound(last_turn_);
    for (size_t i = 0; i < clusters_.size(); ++i, ++turn) {
        if (turn == clusters_.end()) turn = clusters_.begin();
        auto& [name, cluster] = *turn;
        if (cluster.bytes == 0) continue;
        const audit::Time limit = limit_of(name);
        if (cluster.merged->read(batch, limit) != Source::Read::Lines) {
            wait_for(name, *cluster.merged, limit);
            continue;
        }
        const size_t bytes = static_cast<TopicStream&>(cluster.merged->source()).handed_on(batch.lines);
        bytes_ -= bytes;
        cluster.bytes -= bytes;
        last_turn_ = name;
        batch.cluster = name;
        return true;
    }
    return false;
}

TopicIntake::Clock::time_point TopicIntake::due() const {
    auto due = Clock::time_point::max();
    for (const auto& [name, cluster] : clusters_) {
        if (cluster.bytes == 0) continue;
        const auto next = cluster.merged->next();
        if (!next || *next <= limit_of(name)) {
            due = std::min(due, cluster.merged->due());
            continue;
        }
        for (const auto& [id, partition] : partitions_) {
            if (partition.waited_since && is_waited_for(partition, name))
                due = std::min(due, *partition.waited_since + MergedSources::kHoldLate);
        }
    }
    return due;
}

bool TopicIntake::is_waited_for(const Partition& partition, const std::string& cluster) const {
    if (partition.state.is_at_end || partition.is_leaving || partition.streams.contains(cluster))
        return false;
    return !partition.waited_since || now_() - *partition.waited_since < MergedSources::kHoldLate;
}

// Lines of the cluster up to this time cannot be overtaken by what a partition holds in which it was never
// seen.
audit::Time TopicIntake::limit_of(const std::string& cluster) const {
    audit::Time limit = audit::Time::max();
    for (const auto& [id, partition] : partitions_) {
        if (is_waited_for(partition, cluster)) limit = std::min(limit, partition.newest);
    }
    return limit;
}

void TopicIntake::wait_for(const std::string& cluster, const MergedSources& merged, audit::Time limit) {
    const auto next = merged.next();
    if (!next || *next <= limit) return;
    for (auto& [id, partition] : partitions_) {
        if (!is_waited_for(partition, cluster) || partition.newest >= *next) continue;
        if (!partition.waited_since) partition.waited_since = now_();
    }
}

}  // namespace redshank
