#include "tests/support/mock_kafka.h"

#include <stdexcept>
#include <vector>

namespace redshank::test {

namespace {

void say_nothing(const rd_kafka_t*, int, const char*, const char*) {}

}  // namespace

MockKafka::MockKafka(int brokers) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, say_nothing);
    char problem[256] = "";
    const std::string count = std::to_string(brokers);
    rd_kafka_conf_set(conf, "test.mock.num.brokers", count.c_str(), problem, sizeof problem);
    rd_kafka_conf_set(conf, "linger.ms", "1", problem, sizeof problem);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, problem, sizeof problem);
    if (producer_ == nullptr) throw std::runtime_error(problem);
    cluster_ = rd_kafka_handle_mock_cluster(producer_);
}

MockKafka::~MockKafka() {
    rd_kafka_destroy(producer_);  // and its cluster
}

std::string MockKafka::address() const {
    return rd_kafka_mock_cluster_bootstraps(cluster_);
}

void MockKafka::make_topic(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
}

void MockKafka::put(const std::string& topic, int partition, const std::string& key,
                    const std::string& value) {
    rd_kafka_topic_t* handle = rd_kafka_topic_new(producer_, topic.c_str(), nullptr);
    const auto send = [&] {
        return rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
                                value.size(), key.data(), key.size(), nullptr);
    };
    while (send() != 0 && rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(producer_, 10);
    rd_kafka_topic_destroy(handle);
}

void MockKafka::flush() {
    rd_kafka_flush(producer_, 60'000);
}

std::vector<MockKafka::Record> MockKafka::read(const std::string& topic, int partition, size_t count) const {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, say_nothing);
    char problem[256] = "";
    rd_kafka_conf_set(conf, "bootstrap.servers", address().c_str(), problem, sizeof problem);
    rd_kafka_t* reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, problem, sizeof problem);
    if (reader == nullptr) throw std::runtime_error(problem);
    rd_kafka_topic_t* handle = rd_kafka_topic_new(reader, topic.c_str(), nullptr);
    rd_kafka_consume_start(handle, partition, RD_KAFKA_OFFSET_BEGINNING);
    std::vector<Record> out;
    while (out.size() < count) {
        rd_kafka_message_t* message = rd_kafka_consume(handle, partition, 10'000);
        if (message == nullptr) break;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            Record& record = out.emplace_back();
            record.key.assign(static_cast<const char*>(message->key), message->key_len);
            record.value.assign(static_cast<const char*>(message->payload), message->len);
            rd_kafka_headers_t* headers = nullptr;
            rd_kafka_message_headers(message, &headers);
            const char* name = nullptr;
            const void* value = nullptr;
            size_t size = 0;
            for (size_t i = 0; headers && !rd_kafka_header_get_all(headers, i, &name, &value, &size); ++i)
                record.headers[name].assign(static_cast<const char*>(value), size);
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_consume_stop(handle, partition);
    rd_kafka_topic_destroy(handle);
    rd_kafka_destroy(reader);
    return out;
}

void MockKafka::set_up(int broker, bool is_up) {
    is_up ? rd_kafka_mock_broker_set_up(cluster_, broker) : rd_kafka_mock_broker_set_down(cluster_, broker);
}

void MockKafka::fail(int16_t api, std::initializer_list<rd_kafka_resp_err_t> errors) {
    const std::vector<rd_kafka_resp_err_t> all(errors);
    rd_kafka_mock_push_request_errors_array(cluster_, api, all.size(), all.data());
}

}  // namespace redshank::test
