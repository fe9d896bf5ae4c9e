#include "daemon/sources/kafka_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "audit/envelope/cluster.h"
#include "audit/glob.h"
#include "core/finding/text.h"
#include "core/state/row.h"
#include "daemon/fleet/hears_of_copies.h"
#include "daemon/sources/line_time.h"
#include "daemon/sources/topic_clusters.h"
#include "daemon/sources/topic_intake.h"

namespace redshank {

namespace {

constexpr size_t kMostName = 253;  // bytes of a cluster's name, as of a name in DNS
constexpr auto kNoteEvery = std::chrono::seconds{5};
constexpr auto kPollEvery = std::chrono::milliseconds{100};  // also while there are lines to hand on
constexpr size_t kShown = 64;                                // bytes of a name in a message
constexpr auto kComplainFor = std::chrono::minutes{10};
constexpr size_t kLeastShare = size_t{256} << 10;  // bytes of a partition that may wait

constexpr Metric kRecords{"redshank_kafka_records_total", Metric::Counter, "cluster, source, result",
                          "Records of topics, by what became of them (read, repeated, empty, refused)."};
constexpr Metric kLag{"redshank_kafka_lag_records", Metric::Gauge, "cluster, source",
                      "Records of this worker's partitions that the brokers have and that were not read."};
constexpr Metric kPartitions{"redshank_kafka_partitions", Metric::Gauge, "cluster, source",
                             "Partitions that the group has given to this worker."};
constexpr Metric kClusters{"redshank_kafka_clusters", Metric::Gauge, "cluster, source",
                           "Clusters of which records were read."};
constexpr Metric kRebalances{"redshank_kafka_rebalances_total", Metric::Counter, "cluster, source",
                             "Changes of which partitions this worker reads."};

// What is stored as the source's position, beside its rows.
struct KafkaPositionRow {
    audit::Time last_event{};

    template <class V>
    void describe(V& v) {
        v("last_event", micros(last_event));
    }
};

class KafkaSource final : public Source, public HearsOfCopies, private TopicReader {
    using Clock = KafkaSourceConfig::Clock;
    using From = KafkaSourceConfig::ClusterFrom;
    using Partition = TopicIntake::Partition;

  public:
    KafkaSource(KafkaSourceConfig config, MakeTopicClient connect)
        : config_(std::move(config)),
          connect_(std::move(connect)),
          name_(config_.label()),
          intake_(name_, config_.cluster_from == From::Fixed ? config_.cluster : "", config_.now),
          clusters_(name_, config_.stall_after, config_.now),
          client_(connect_(config_)) {
        status_.starting = true;
    }
    // Who reads on without this worker's state begins where it ended.
    ~KafkaSource() override {
        if (!unnoted_.empty() && !is_copied()) client_->note(unnoted_);
    }
    KafkaSource(const KafkaSource&) = delete;
    KafkaSource& operator=(const KafkaSource&) = delete;

    const std::string& name() const override { return name_; }
    const std::string& cluster() const override { return config_.cluster; }
    int wake_fd() const override { return client_->wake_fd(); }
    Clock::time_point due() const override { return intake_.due(); }
    // The next worker waits for what is taken from this one.
    bool is_awaited() const override { return hands_over_; }
    std::string start(const std::optional<std::string>& position) override {
        if (!position) return write_row(KafkaPositionRow{});
        clusters_.set_last_event(
            read_row<KafkaPositionRow>(*position).value_or(KafkaPositionRow{}).last_event);
        return {};
    }
    void load(const StateReader& state) override;
    void save(StateWriter& state) override;
    void committed() override;
    void copied() override;
    Read read(Batch& batch) override;
    void reload() override;
    SourceStatus status() const override;
    void measure(MetricWriter& metrics) const override;

  private:
    void record(const TopicRecord& record) override;
    void reached_end(const TopicPartition& partition, int64_t offset) override;
    void given(const std::vector<TopicPartition>& partitions) override;
    void taken(const std::vector<TopicPartition>& partitions, bool are_lost) override;
    void problem(const std::string& why) override;

    bool is_copied() const { return !config_.state_topic.empty(); }
    int64_t beginning_of(const Partition& partition) const;
    const std::string* cluster_of(const TopicRecord& record);
    bool is_expected(Partition& partition, int64_t offset, const std::string& cluster);
    void look_at_ends();
    void bound(Partition& partition, size_t share);
    bool hand_on(Batch& batch);
    bool tell(Batch& batch);

    const KafkaSourceConfig config_;
    const MakeTopicClient connect_;
    const std::string name_;
    TopicIntake intake_;
    TopicClusters clusters_;
    std::unique_ptr<TopicClient> client_;
    SourceStatus status_;
    std::string cluster_;  // of the last record

    bool hands_over_ = false;                        // partitions are leaving, and wait for the commit
    std::vector<TopicPlace> saved_;                  // positions in the transaction that is being committed
    std::vector<TopicPlace> unnoted_;                // as committed, when the group does not know them
    std::vector<TopicPlace> last_noted_;             // by copied()
    std::vector<TopicPlace> being_copied_, copied_;  // as unnoted_ was one copy of the state ago, and two
    Clock::time_point noted_{}, polled_{};
    uint64_t read_ = 0, repeated_ = 0, empty_ = 0, refused_ = 0, rebalances_ = 0;
    bool is_told_ = false;                                  // positions have moved, and the pipeline knows it
    std::optional<Clock::time_point> nameless_, too_many_;  // when such a record came last
};

void KafkaSource::load(const StateReader& state) {
    intake_.load(state);
    clusters_.load(state, intake_);
}

void KafkaSource::save(StateWriter& state) {
    is_told_ = false;
    intake_.save(state);
    clusters_.save(state, intake_);
    saved_.clear();
    for (const auto& [id, partition] : intake_.partitions()) {
        if (partition.expected >= 0) saved_.push_back({id, partition.row().next});
    }
}

void KafkaSource::committed() {
    if (!saved_.empty()) unnoted_ = std::exchange(saved_, {});
    const auto now = config_.now();
    if (!is_copied() && !unnoted_.empty() && (hands_over_ || now - noted_ >= kNoteEvery)) {
        client_->note(std::exchange(unnoted_, {}));
        noted_ = now;
    }
    if (!std::exchange(hands_over_, false)) return;
    std::vector<TopicPartition> leaving;
    for (const auto& [id, partition] : intake_.partitions()) {
        if (partition.is_leaving) leaving.push_back(id);
    }
    for (const TopicPartition& id : leaving) intake_.take(id);
    client_->release(leaving);
}

// A worker that goes on from the copy must find nothing noted that is ahead of it.
void KafkaSource::copied() {
    std::vector<TopicPlace> now = std::exchange(copied_, std::exchange(being_copied_, unnoted_));
    std::erase_if(now, [&](const TopicPlace& place) {
        const Partition* partition = intake_.find(place.partition);
        return partition == nullptr || partition->is_leaving;
    });
    if (now.empty() || now == last_noted_) return;
    client_->note(now);
    last_noted_ = std::move(now);
}

int64_t KafkaSource::beginning_of(const Partition& partition) const {
    using Start = KafkaSourceConfig::Start;
    if (partition.expected >= 0) return partition.expected;
    if (config_.start == Start::End) return kFromEnd;
    return config_.start == Start::Beginning ? kFromBeginning : kFromGroup;
}

void KafkaSource::given(const std::vector<TopicPartition>& partitions) {
    ++rebalances_;
    std::vector<TopicPlace> places;
    for (const TopicPartition& id : partitions) places.push_back({id, beginning_of(intake_.give(id))});
    client_->begin(places);
    if (partitions.empty() && intake_.partitions().empty()) status_.caught_up = true;  // others read all
}

void KafkaSource::taken(const std::vector<TopicPartition>& partitions, bool are_lost) {
    ++rebalances_;
    for (const TopicPartition& id : partitions) {
        Partition* partition = intake_.find(id);
        if (partition == nullptr) continue;
        if (are_lost) {
            intake_.take(id);
        } else {
            intake_.stop(*partition);
            partition->is_leaving = partition->state.has_moved = true;
        }
    }
    if (are_lost) return client_->release(partitions);
    hands_over_ = true;
}

void KafkaSource::problem(const std::string& why) {
    status_.starting = false;
    status_.up = why.empty();
    status_.problem = why;
    intake_.set_reachable(status_.up);
}

// The cluster whose record it is; nothing when it is not wanted.
const std::string* KafkaSource::cluster_of(const TopicRecord& record) {
    std::string_view name;
    std::string carried;
    switch (config_.cluster_from) {
        case From::Fixed:
            return &config_.cluster;
        case From::Key:
            name = record.key;
            break;
        case From::Header:
            name = record.header;
            break;
        case From::Topic:
            name = record.partition.topic;
            break;
        case From::Envelope:
            name = carried = audit::cluster_of_envelope(record.value);
            break;
    }
    if (name.empty()) {
        nameless_ = config_.now();
        name = config_.cluster;
    }
    name = name.substr(0, kMostName);
    if (name == cluster_) return &cluster_;
    const auto matches = [&](const std::string& pattern) { return audit::glob_match(pattern, name); };
    if (!config_.clusters.empty() && std::none_of(config_.clusters.begin(), config_.clusters.end(), matches))
        return nullptr;
    if (!clusters_.knows(name) && clusters_.size() >= config_.most_clusters) {
        too_many_ = config_.now();
        return nullptr;
    }
    cluster_ = name;
    clusters_.meet(cluster_);
    return &cluster_;
}

// Whether the record at this offset is the next one. What is between it and the last one is told, unless it
// was never a record (transactions) or is gone because a later one replaces it (compaction).
bool KafkaSource::is_expected(Partition& partition, int64_t offset, const std::string& cluster) {
    if (partition.expected < 0 || offset == partition.expected) return true;
    const TopicClient::Range range = client_->range(partition.id);
    if (offset > partition.expected) {
        const int64_t first = std::min(range.first, offset);
        if (first > partition.expected) {
            ++status_.gaps;
            clusters_.lost(partition, partition.expected, first, cluster);
        }
        return true;
    }
    const bool is_from_first = partition.is_untouched && offset <= range.first;
    const bool is_reset = is_from_first || (range.end >= 0 && range.end < partition.expected);
    if (!is_reset) return false;
    ++status_.gaps;
    clusters_.anew(partition, offset, cluster);
    TopicIntake::begin_anew(partition, offset);
    return true;
}

void KafkaSource::record(const TopicRecord& record) {
    Partition* partition = intake_.find(record.partition);
    if (partition == nullptr || partition->is_leaving) return;  // it is read again where it goes on
    const std::string* cluster = cluster_of(record);
    if (!is_expected(*partition, record.offset, cluster ? *cluster : config_.cluster)) {
        ++repeated_;
        return;
    }
    TopicIntake::saw(*partition, time_of_line(record.value));
    const bool is_empty = record.value.find_first_not_of(" \t\r\n") == record.value.npos;
    if (cluster == nullptr || is_empty) {
        TopicIntake::pass(*partition, record.offset + 1);
        ++(is_empty ? empty_ : refused_);
        return;
    }
    ++(intake_.add(*partition, *cluster, record.offset, record.value) ? read_ : repeated_);
    status_.bytes_read += record.value.size();
}

void KafkaSource::reached_end(const TopicPartition& id, int64_t offset) {
    Partition* partition = intake_.find(id);
    if (partition == nullptr || partition->is_leaving) return;
    if (!is_expected(*partition, offset, config_.cluster)) return;
    TopicIntake::pass(*partition, offset);
    partition->state.is_at_end = true;
}

// After a poll: which partitions have more, and which must wait until what came of them was handed on.
void KafkaSource::look_at_ends() {
    const auto& partitions = intake_.partitions();
    if (partitions.empty()) return;
    const size_t share = std::max(kLeastShare, config_.queue_limit / 2 / partitions.size());
    bool are_at_end = true;
    for (auto& [id, partition] : intake_.partitions()) {
        const int64_t end = client_->range(id).end;
        if (end >= 0 && partition.expected >= 0) partition.state.is_at_end = partition.expected >= end;
        are_at_end &= partition.state.is_at_end;
        bound(partition, share);
    }
    status_.caught_up |= are_at_end && intake_.bytes() == 0;
}

void KafkaSource::bound(Partition& partition, size_t share) {
    if (partition.is_leaving) return;
    const size_t bytes = partition.bytes();
    const bool is_too_much = partition.is_paused ? bytes > share / 2 : bytes > share;
    if (is_too_much == partition.is_paused) return;
    partition.is_paused = is_too_much;
    client_->pause(partition.id, is_too_much);
}

Source::Read KafkaSource::read(Batch& batch) {
    // What the group wants must not wait for lines, of which there may be many.
    const auto now = config_.now();
    if (now - polled_ < kPollEvery && hand_on(batch)) return Read::Lines;
    polled_ = now;
    const bool has_more = client_->poll(*this);
    look_at_ends();
    if (hand_on(batch) || tell(batch)) return Read::Lines;
    return has_more ? Read::Lines : Read::Idle;
}

bool KafkaSource::hand_on(Batch& batch) {
    if (!intake_.read(batch)) return false;
    batch.can_be_cut = false;  // the positions are behind all of it
    clusters_.heard(batch);
    batch.position = write_row(KafkaPositionRow{clusters_.last_event()});
    return true;
}

// What is to be told beside lines.
bool KafkaSource::tell(Batch& batch) {
    // A worker without partitions hears nothing of clusters that others read.
    if (status_.up && !intake_.partitions().empty()) clusters_.look_for_silence(intake_);
    const bool has_moved = std::any_of(intake_.partitions().begin(), intake_.partitions().end(),
                                       [](const auto& one) { return one.second.state.has_moved; });
    if (has_moved && !std::exchange(is_told_, true))
        batch.position = write_row(KafkaPositionRow{clusters_.last_event()});
    clusters_.tell(batch);
    return !batch.empty();
}

// The partitions are given anew to the new member, from their positions on.
void KafkaSource::reload() {
    auto client = connect_(config_);
    std::vector<TopicPartition> all;
    for (const auto& [id, partition] : intake_.partitions()) all.push_back(id);
    client_ = std::move(client);
    for (const TopicPartition& id : all) intake_.take(id);
    hands_over_ = false;
    status_.up = false;
    status_.starting = true;
}

SourceStatus KafkaSource::status() const {
    SourceStatus status = status_;
    status.lag_bytes = intake_.bytes();
    if (!status.problem.empty()) return status;
    const auto is_new = [&](const std::optional<Clock::time_point>& at) {
        return at && config_.now() - *at < kComplainFor;
    };
    if (is_new(too_many_)) {
        status.problem = fmt::format(
            "records name more than {} clusters, and those of further ones are not read; raise max_clusters, "
            "or "
            "name in `clusters` which are wanted",
            config_.most_clusters);
    } else if (is_new(nameless_)) {
        status.problem = fmt::format(
            "records name no cluster and count as cluster {}; let the shipper set the record's {}, or give "
            "the "
            "source `cluster`",
            fit(config_.cluster, kShown),
            config_.cluster_from == From::Header ? "header " + config_.header : "key");
    }
    return status;
}

void KafkaSource::measure(MetricWriter& metrics) const {
    const auto result = [&](const char* word, uint64_t count) {
        metrics.set(kRecords, {{"cluster", cluster()}, {"source", name_}, {"result", word}}, count);
    };
    result("read", read_);
    result("repeated", repeated_);
    result("empty", empty_);
    result("refused", refused_);
    int64_t lag = 0;
    for (const auto& [id, partition] : intake_.partitions()) {
        const int64_t end = client_->range(id).end;
        if (partition.expected >= 0) lag += std::max<int64_t>(0, end - partition.expected);
    }
    metrics.set(kLag, {{"cluster", cluster()}, {"source", name_}}, lag);
    metrics.set(kPartitions, {{"cluster", cluster()}, {"source", name_}}, intake_.partitions().size());
    metrics.set(kClusters, {{"cluster", cluster()}, {"source", name_}}, clusters_.size());
    metrics.set(kRebalances, {{"cluster", cluster()}, {"source", name_}}, rebalances_);
}

}  // namespace

std::unique_ptr<Source> make_kafka_source(KafkaSourceConfig config, MakeTopicClient connect) {
    return std::make_unique<KafkaSource>(std::move(config), std::move(connect));
}

}  // namespace redshank
