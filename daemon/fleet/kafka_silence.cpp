#include "daemon/fleet/kafka_handles.h"
#include "daemon/fleet/stand_in.h"

namespace redshank {

namespace {

using namespace std::chrono_literals;

constexpr int kPoll = 100;      // milliseconds
constexpr auto kAskEvery = 1s;  // whether brokers answer
constexpr int kAnswerWithin = 1'000;

// Reads all partitions of a state topic, from what is written now on.
KafkaHandle<rd_kafka_t> listen(const KafkaStateTopic& topic) {
    auto client = make_topic_reader(topic.connection, "read_committed");
    const int32_t partitions = partitions_of(client.get(), topic.topic);
    const KafkaHandle<rd_kafka_topic_partition_list_t> all(rd_kafka_topic_partition_list_new(partitions));
    for (int32_t number = 0; number < partitions; ++number)
        rd_kafka_topic_partition_list_add(all.get(), topic.topic.c_str(), number)->offset =
            RD_KAFKA_OFFSET_END;
    const rd_kafka_resp_err_t error = rd_kafka_assign(client.get(), all.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail_topic(topic.topic, rd_kafka_err2str(error));
    return client;
}

}  // namespace

std::string wait_for_silence(const KafkaStateTopic& topic, const std::vector<std::string>& writers,
                             Silence::Clock::duration after) {
    using Clock = Silence::Clock;
    const KafkaHandle<rd_kafka_t> client = listen(topic);
    Silence silence(writers, after, Clock::now());
    for (auto asked = Clock::now();;) {
        const KafkaHandle<rd_kafka_message_t> message(rd_kafka_consumer_poll(client.get(), kPoll));
        const auto now = Clock::now();
        if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const std::string_view key(static_cast<const char*>(message->key), message->key_len);
            silence.heard(std::string(key.substr(0, key.find('\x1f'))), now);
        }
        if (now - asked < kAskEvery) continue;
        int64_t first = 0, end = 0;
        const rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(client.get(), topic.topic.c_str(),
                                                                           0, &first, &end, kAnswerWithin);
        asked = Clock::now();
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            silence.begin_anew(asked);
        } else if (const auto silent = silence.silent(asked)) {
            rd_kafka_consumer_close(client.get());
            return *silent;
        }
    }
}

}  // namespace redshank
