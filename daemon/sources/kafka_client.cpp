#include "daemon/sources/kafka_client.h"

#include <librdkafka/rdkafka.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "daemon/sources/topic_watch.h"
#include "daemon/sources/unique_fd.h"
#include "exporters/kafka_conf.h"

namespace redshank {

namespace {

constexpr size_t kMostRecords = 1000;           // of one poll() …
constexpr size_t kPollBytes = size_t{1} << 20;  // … and about so many bytes, in portions of
constexpr size_t kPortion = 100;

struct FreePartitions {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, FreePartitions>;

PartitionList list_of(const std::vector<TopicPlace>& places) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
    for (const TopicPlace& place : places) {
        rd_kafka_topic_partition_list_add(list.get(), place.partition.topic.c_str(), place.partition.number)
            ->offset = place.offset;
    }
    return list;
}

std::vector<TopicPlace> places_of(const std::vector<TopicPartition>& partitions) {
    std::vector<TopicPlace> places;
    for (const TopicPartition& partition : partitions) places.push_back({.partition = partition});
    return places;
}

// librdkafka's form of a pattern: a regular expression that begins with ^.
std::string subscribed(const std::string& topic) {
    if (!has_wildcard(topic)) return topic;
    std::string pattern = "^";
    for (const char c : topic) {
        if (c == '*') {
            pattern += ".*";
        } else if (c == '?') {
            pattern += '.';
        } else if (c == '.') {
            pattern += "\\.";
        } else {
            pattern += c;
        }
    }
    return pattern + "$";
}

constexpr const char* kCheckTopics = "; check the names in `topics`, and what this user may read";

std::string no_topic(const std::string& missing) {
    return missing.empty() ? "" : "the brokers have no topic " + missing + kCheckTopics;
}

// Of the statistics, which come every two seconds: connections may be made anew between two of them.
constexpr unsigned kSilent = 3;

// A change of what this member reads, as the group has told it and poll() has not yet.
struct Rebalance {
    std::vector<TopicPartition> partitions;
    bool gives = false, are_lost = false;
};

class KafkaClient final : public TopicClient {
  public:
    KafkaClient(const KafkaConnection& connection, const KafkaSubscription& subscription);
    ~KafkaClient() override;
    KafkaClient(const KafkaClient&) = delete;
    KafkaClient& operator=(const KafkaClient&) = delete;

    bool poll(TopicReader& reader) override;
    void begin(const std::vector<TopicPlace>& places) override;
    void release(const std::vector<TopicPartition>& partitions) override;
    void note(const std::vector<TopicPlace>& places) override;
    void pause(const TopicPartition& partition, bool is_paused) override;
    Range range(const TopicPartition& partition) const override;
    int wake_fd() const override { return wake_.get(); }

  private:
    // Called by librdkafka, in poll() and in the destructor; `self` is this object.
    static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t event,
                             rd_kafka_topic_partition_list_t* list, void* self);
    static void on_error(rd_kafka_t* client, int code, const char* reason, void* self);
    static int on_statistics(rd_kafka_t* client, char* json, size_t size, void* self);

    void reached();
    void subscribe(const std::vector<std::string>& topics);
    size_t hand_on(rd_kafka_message_t& message, TopicReader& reader);
    std::string_view header_of(const rd_kafka_message_t& message) const;
    const TopicPartition& partition_of(const rd_kafka_message_t& message);
    void tell(TopicReader& reader);

    const KafkaConnection connection_;
    const std::string header_;
    UniqueFd wake_;
    rd_kafka_t* client_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
    std::map<std::pair<const rd_kafka_topic_t*, int32_t>, TopicPartition> names_;
    std::vector<Rebalance> rebalances_;
    std::string last_error_;  // the newest reason for which a broker could not be reached
    int last_code_ = 0;
    std::optional<TopicWatch> watch_;  // when the group gives no partitions
    std::string topic_problem_, fatal_problem_, told_;
    bool is_down_ = false;     // no broker can be reached
    bool is_reached_ = false;  // one was since then …
    bool is_new_ = false;      // … and the reader does not know it
    bool is_closing_ = false;
    unsigned silent_ = 0;  // statistics in a row in which no broker is up
};

KafkaClient::KafkaClient(const KafkaConnection& connection, const KafkaSubscription& subscription)
    : connection_(connection), header_(subscription.header), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
    KafkaConf conf = make_conf(connection);
    set(conf, "group.id", subscription.group);
    if (!subscription.member.empty() && subscription.share.of == 0)
        set(conf, "group.instance.id", subscription.member);
    set(conf, "partition.assignment.strategy", "cooperative-sticky");
    // A worker without a name that dies is missed after 6 s, the least that brokers allow by default,
    // and the others hear of it within a second. Heartbeats come from a thread of librdkafka's.
    set(conf, "session.timeout.ms", std::to_string(subscription.member_timeout.count()));
    set(conf, "heartbeat.interval.ms", "1000");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "enable.partition.eof", "true");
    set(conf, "topic.metadata.refresh.interval.ms", "60000");  // new topics of a pattern
    set(conf, "statistics.interval.ms", "2000");               // says that brokers are back
    set(conf, "queued.max.messages.kbytes", std::to_string(subscription.queue_limit >> 10));
    for (const auto& [name, value] : connection.properties) set(conf, name.c_str(), value);
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
    rd_kafka_conf_set_error_cb(conf.get(), on_error);
    rd_kafka_conf_set_stats_cb(conf.get(), on_statistics);
    client_ = make_client(RD_KAFKA_CONSUMER, std::move(conf));
    rd_kafka_poll_set_consumer(client_);
    queue_ = rd_kafka_queue_get_consumer(client_);
    const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue_, wake_.get(), &one, sizeof one);
    if (subscription.share.of == 0) {
        subscribe(subscription.topics);
    } else {
        watch_.emplace(client_, subscription.topics, subscription.share,
                       [this] { ::eventfd_write(wake_.get(), 1); });
    }
}

void KafkaClient::subscribe(const std::vector<std::string>& topics) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const std::string& topic : topics) {
        rd_kafka_topic_partition_list_add(list.get(), subscribed(topic).c_str(), RD_KAFKA_PARTITION_UA);
    }
    const rd_kafka_resp_err_t error = rd_kafka_subscribe(client_, list.get());
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    rd_kafka_queue_destroy(queue_);
    rd_kafka_destroy(client_);
    throw std::runtime_error(std::string("topics: ") + rd_kafka_err2str(error));
}

// Leaving the group needs its coordinator: without one it learns by itself that this member is gone.
KafkaClient::~KafkaClient() {
    watch_.reset();
    is_closing_ = true;
    if (is_reached_) rd_kafka_consumer_close(client_);
    rd_kafka_queue_destroy(queue_);
    rd_kafka_destroy_flags(client_, is_reached_ ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void KafkaClient::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t event,
                               rd_kafka_topic_partition_list_t* list, void* self) {
    auto& own = *static_cast<KafkaClient*>(self);
    const bool gives = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (own.is_closing_) {
        rd_kafka_error_t* error =
            gives ? rd_kafka_incremental_assign(client, list) : rd_kafka_incremental_unassign(client, list);
        if (error) rd_kafka_error_destroy(error);
        return;
    }
    Rebalance& rebalance = own.rebalances_.emplace_back();
    rebalance.gives = gives;
    rebalance.are_lost = rd_kafka_assignment_lost(client) != 0;
    for (int i = 0; i < list->cnt; ++i)
        rebalance.partitions.push_back({list->elems[i].topic, list->elems[i].partition});
}

void KafkaClient::on_error(rd_kafka_t* client, int code, const char* reason, void* self) {
    auto& own = *static_cast<KafkaClient*>(self);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        own.is_reached_ = false;
        own.is_down_ = true;
    } else if (code == RD_KAFKA_RESP_ERR__FATAL) {
        char why[512] = "";
        rd_kafka_fatal_error(client, why, sizeof why);
        own.fatal_problem_ = std::string("Kafka refuses this member of the group: ") + why +
                             "; restart redshank when that is mended";
    } else {
        own.last_code_ = code;
        own.last_error_ = steady(reason);
    }
}

int KafkaClient::on_statistics(rd_kafka_t* /*client*/, char* json, size_t size, void* self) {
    auto& own = *static_cast<KafkaClient*>(self);
    if (std::string_view(json, size).find(R"("state":"UP")") != std::string_view::npos) {
        own.reached();
    } else if (++own.silent_ == kSilent) {
        own.is_reached_ = false;
        own.is_down_ = true;
    }
    return 0;  // librdkafka frees the text
}

const TopicPartition& KafkaClient::partition_of(const rd_kafka_message_t& message) {
    const auto [at, is_new] = names_.try_emplace({message.rkt, message.partition});
    if (is_new) at->second = {rd_kafka_topic_name(message.rkt), message.partition};
    return at->second;
}

std::string_view KafkaClient::header_of(const rd_kafka_message_t& message) const {
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    if (header_.empty() || rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, header_.c_str(), &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return {};
    return {static_cast<const char*>(value), size};
}

// Returns its bytes.
size_t KafkaClient::hand_on(rd_kafka_message_t& message, TopicReader& reader) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        reached();
        topic_problem_.clear();
        reader.record({.partition = partition_of(message),
                       .offset = message.offset,
                       .value = {static_cast<const char*>(message.payload), message.len},
                       .key = {static_cast<const char*>(message.key), message.key_len},
                       .header = header_of(message)});
        return message.len;
    }
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        reached();
        topic_problem_.clear();
        reader.reached_end(partition_of(message), message.offset);
        return 0;
    }
    if (message.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) return 0;  // it joins again by itself
    topic_problem_ = steady(rd_kafka_message_errstr(&message)) + kCheckTopics;
    return 0;
}

bool KafkaClient::poll(TopicReader& reader) {
    uint64_t ignored = 0;
    ::eventfd_read(wake_.get(), &ignored);
    std::array<rd_kafka_message_t*, kPortion> messages{};
    size_t bytes = 0, records = 0;
    bool is_more = true;
    while (is_more && bytes < kPollBytes && records < kMostRecords && rebalances_.empty()) {
        const ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, messages.data(), messages.size());
        is_more = count > 0;
        for (ssize_t i = 0; i < count; ++i) {
            bytes += hand_on(*messages[static_cast<size_t>(i)], reader);
            rd_kafka_message_destroy(messages[static_cast<size_t>(i)]);
        }
        records += static_cast<size_t>(std::max<ssize_t>(count, 0));
    }
    const bool has_more = is_more || !rebalances_.empty();
    if (auto found = watch_ ? watch_->take() : std::nullopt)
        rebalances_.push_back({.partitions = std::move(*found), .gives = true});
    tell(reader);
    return has_more;
}

void KafkaClient::tell(TopicReader& reader) {
    for (const Rebalance& rebalance : std::exchange(rebalances_, {})) {
        reached();
        topic_problem_.clear();
        rebalance.gives ? reader.given(rebalance.partitions)
                        : reader.taken(rebalance.partitions, rebalance.are_lost);
    }
    std::string now = fatal_problem_;
    if (now.empty() && is_down_) now = unreachable_brokers(connection_, last_code_, last_error_);
    if (now.empty() && watch_) now = no_topic(watch_->missing());
    if (now.empty()) now = topic_problem_;
    if (now == told_ && !std::exchange(is_new_, false)) return;
    told_ = std::move(now);
    if (!told_.empty() || is_reached_) reader.problem(told_);
}

void KafkaClient::reached() {
    is_new_ |= !is_reached_;
    is_reached_ = true;
    is_down_ = false;
    silent_ = 0;
}

void KafkaClient::begin(const std::vector<TopicPlace>& places) {
    if (rd_kafka_error_t* error = rd_kafka_incremental_assign(client_, list_of(places).get())) {
        topic_problem_ = rd_kafka_error_string(error);
        rd_kafka_error_destroy(error);
    }
}

void KafkaClient::release(const std::vector<TopicPartition>& partitions) {
    rd_kafka_error_t* error = rd_kafka_incremental_unassign(client_, list_of(places_of(partitions)).get());
    if (error) rd_kafka_error_destroy(error);
}

void KafkaClient::note(const std::vector<TopicPlace>& places) {
    // A hint: one that is not taken is not missed.
    static_cast<void>(rd_kafka_commit(client_, list_of(places).get(), 1));
}

void KafkaClient::pause(const TopicPartition& partition, bool is_paused) {
    const PartitionList list = list_of({{.partition = partition}});
    static_cast<void>(is_paused ? rd_kafka_pause_partitions(client_, list.get())
                                : rd_kafka_resume_partitions(client_, list.get()));
}

TopicClient::Range KafkaClient::range(const TopicPartition& partition) const {
    int64_t first = 0, end = 0;
    if (rd_kafka_get_watermark_offsets(client_, partition.topic.c_str(), partition.number, &first, &end) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return {};
    return {.first = first, .end = end};
}

}  // namespace

std::unique_ptr<TopicClient> make_kafka_client(const KafkaConnection& connection,
                                               const KafkaSubscription& subscription) {
    return std::make_unique<KafkaClient>(connection, subscription);
}

}  // namespace redshank
