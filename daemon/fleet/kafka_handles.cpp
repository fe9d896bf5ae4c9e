#include "daemon/fleet/kafka_handles.h"

#include <stdexcept>
#include <string>
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
    KafkaHandle<rd_kafka_t> client(make_client(RD_KAFKA_CONSUMER, std::move(conf)));
    rd_kafka_poll_set_consumer(client.get());
    return client;
}

int32_t partitions_of(rd_kafka_t* client, const char* topic, int wait) {
    const KafkaHandle<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic, nullptr));
    const rd_kafka_metadata_t* answer = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle.get(), &answer, wait);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
    const KafkaHandle<const rd_kafka_metadata_t> metadata(answer);
    if (metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt == 0)
        throw std::runtime_error("there is no such topic; make it, with cleanup.policy=compact");
    return metadata->topics[0].partition_cnt;
}

}  // namespace redshank
