#include "daemon/fleet/kafka_state_log.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <utility>

#include "daemon/fleet/kafka_handles.h"
#include "exporters/kafka_conf.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kReadWait = 90s;  // without a record; others' transactions end within a minute

using Failure = KafkaHandle<rd_kafka_error_t>;

// The same over all releases and hosts.
uint32_t hash_of(std::string_view text) {
    uint32_t hash = 2166136261U;  // FNV-1a
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

class KafkaStateLog final : public StateLog {
  public:
    explicit KafkaStateLog(KafkaStateTopic topic) : topic_(std::move(topic)) {}

    void claim() override;
    void read(const Row& row) override;
    bool write(const std::function<bool(const Row&)>& fill) override;
    const std::string& problem() const override { return problem_; }
    bool is_lost() const override { return is_lost_; }

  private:
    [[noreturn]] void fail(const std::string& reason) const { fail_topic(topic_.topic, reason); }
    int patience() const { return static_cast<int>(topic_.patience.count()); }
    int64_t end() const;
    bool produce(std::string_view key, std::optional<std::string_view> value);
    bool finish();
    bool refuse(const rd_kafka_error_t* error);

    const KafkaStateTopic topic_;
    KafkaHandle<rd_kafka_t> writer_;
    KafkaHandle<rd_kafka_topic_t> handle_;
    int32_t partition_ = 0;
    bool is_finishing_ = false;  // it is not known what became of a transaction
    bool is_lost_ = false;
    std::string problem_;
};

void KafkaStateLog::claim() {
    handle_.reset();
    writer_.reset();
    KafkaConf conf = make_conf(topic_.connection);
    set(conf, "transactional.id", "redshank/" + topic_.writer);
    set(conf, "transaction.timeout.ms", "60000");
    set(conf, "message.max.bytes", kLargestRow);
    set(conf, "compression.type", "lz4");
    set(conf, "linger.ms", "5");
    for (const auto& [name, value] : topic_.connection.properties) {
        if (!name.starts_with("session.") && !name.starts_with("heartbeat.") && !name.starts_with("fetch."))
            set(conf, name.c_str(), value);
    }
    writer_.reset(make_client(RD_KAFKA_PRODUCER, std::move(conf)));
    if (const Failure error{rd_kafka_init_transactions(writer_.get(), kTopicAnswer)}) {
        fail(steady(rd_kafka_error_string(error.get())) +
             "; check that the brokers run, and that this user may write the topic and use transactions");
    }
    handle_.reset(rd_kafka_topic_new(writer_.get(), topic_.topic.c_str(), nullptr));
    const int32_t all = partitions_of(writer_.get(), topic_.topic);
    partition_ = static_cast<int32_t>(hash_of(topic_.writer) % static_cast<uint32_t>(all));
}

// Behind all that was written, also in transactions of others that are not over.
int64_t KafkaStateLog::end() const {
    int64_t first = 0, end = 0;
    const KafkaHandle<rd_kafka_t> client = make_topic_reader(topic_.connection, "read_uncommitted");
    const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        client.get(), topic_.topic.c_str(), partition_, &first, &end, kTopicAnswer);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
    return end;
}

// Keys in the topic are WRITER␟KEY: writers share partitions.
void KafkaStateLog::read(const Row& row) {
    const std::string own = topic_.writer + '\x1f';
    const int64_t up_to = end();
    const KafkaHandle<rd_kafka_t> client = make_topic_reader(topic_.connection, "read_committed");
    const KafkaHandle<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic_.topic.c_str(), partition_)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    if (const auto error = rd_kafka_assign(client.get(), list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
        fail(rd_kafka_err2str(error));
    for (auto patience = Clock::now() + kReadWait; up_to > 0;) {
        if (Clock::now() > patience) fail("its brokers give nothing for 90 s; check that they run");
        const KafkaHandle<rd_kafka_message_t> message(rd_kafka_consumer_poll(client.get(), 1000));
        if (!message) continue;
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (message->offset >= up_to) break;
            continue;
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
                fail(rd_kafka_err2str(message->err));
            continue;  // it tries again by itself
        }
        patience = Clock::now() + kReadWait;
        std::string_view key(static_cast<const char*>(message->key), message->key_len);
        if (!key.starts_with(own)) continue;
        key.remove_prefix(own.size());
        const std::string_view value(static_cast<const char*>(message->payload), message->len);
        row(key, message->payload != nullptr ? std::optional(value) : std::nullopt);
    }
    rd_kafka_consumer_close(client.get());
}

bool KafkaStateLog::produce(std::string_view key, std::optional<std::string_view> value) {
    const std::string whole = fmt::format("{}\x1f{}", topic_.writer, key);
    std::string bytes(value.value_or(""));  // librdkafka copies it, and wants to be able to change it
    for (;;) {
        if (rd_kafka_produce(handle_.get(), partition_, RD_KAFKA_MSG_F_COPY, value ? bytes.data() : nullptr,
                             bytes.size(), whole.data(), whole.size(), nullptr) == 0)
            return true;
        const rd_kafka_resp_err_t error = rd_kafka_last_error();
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            problem_ = rd_kafka_err2str(error);
            return false;
        }
        rd_kafka_poll(writer_.get(), 100);
    }
}

// False, with the problem.
bool KafkaStateLog::refuse(const rd_kafka_error_t* error) {
    problem_ = steady(rd_kafka_error_string(error));
    if (rd_kafka_error_is_fatal(error)) {
        is_lost_ = true;
        problem_ = "another worker has this name, or the brokers refuse this one (" + problem_ +
                   "); end one of them, then restart this one";
        return false;
    }
    is_finishing_ = rd_kafka_error_is_retriable(error);
    if (!is_finishing_) static_cast<void>(Failure(rd_kafka_abort_transaction(writer_.get(), patience())));
    return false;
}

bool KafkaStateLog::finish() {
    const Failure error{rd_kafka_commit_transaction(writer_.get(), patience())};
    if (error) return refuse(error.get());
    is_finishing_ = false;
    return true;
}

bool KafkaStateLog::write(const std::function<bool(const Row&)>& fill) {
    if (is_finishing_ && !finish()) return false;
    if (const Failure error{rd_kafka_begin_transaction(writer_.get())}) return refuse(error.get());
    bool is_whole = true, has_rows = false;
    const auto abort = [&] {
        static_cast<void>(Failure(rd_kafka_abort_transaction(writer_.get(), patience())));
    };
    try {
        has_rows = fill([&](std::string_view key, std::optional<std::string_view> value) {
            is_whole = is_whole && produce(key, value);
        });
    } catch (...) {
        abort();
        throw;
    }
    if (is_whole && has_rows) return finish();
    abort();
    return is_whole;
}

}  // namespace

std::unique_ptr<StateLog> make_kafka_state_log(KafkaStateTopic topic) {
    return std::make_unique<KafkaStateLog>(std::move(topic));
}

}  // namespace redshank
