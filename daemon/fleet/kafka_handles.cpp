#include "daemon/fleet/kafka_handles.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "exporters/kafka_conf.h"

namespace redshank {

KafkaHandle<rd_kafka_t> make_topic_reader(const KafkaConnection& connection, const char* isolation) {
    KafkaConf conf = make_conf(connection);
    set(conf, "group.id", "redshank-state");  // which is not joined
    set(conf, "isolation.level", isolation);
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "auto.offset.reset", "earliest");
    set(conf, "fetch.message.max.bytes", kLargestRow);
    set(conf, "fetch.wait.max.ms", "100");  // who takes a state over waits for its end
    KafkaHandle<rd_kafka_t> client(make_client(RD_KAFKA_CONSUMER, std::move(conf)));
    rd_kafka_poll_set_consumer(client.get());
    return client;
}

void fail_topic(const std::string& topic, const std::string& reason) {
    throw std::runtime_error(fmt::format("state_topic {}: {}", topic, reason));
}

int32_t partitions_of(rd_kafka_t* client, const std::string& topic) {
    const KafkaHandle<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
    const rd_kafka_metadata_t* answer = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle.get(), &answer, kTopicAnswer);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail_topic(topic, rd_kafka_err2str(error));
    const KafkaHandle<const rd_kafka_metadata_t> metadata(answer);
    if (metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0)
        fail_topic(topic, "there is no such topic; make it, with cleanup.policy=compact");
    return metadata->topics[0].partition_cnt;
}

}  // namespace redshank
