// Brokers that speak Kafka's protocol on loopback: librdkafka's mock cluster, in this process. It keeps the
// newest 5 MiB of a partition, and compacts nothing.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

namespace redshank::test {

class MockKafka {
  public:
    explicit MockKafka(int brokers = 1);
    ~MockKafka();
    MockKafka(const MockKafka&) = delete;
    MockKafka& operator=(const MockKafka&) = delete;

    std::string address() const;  // "127.0.0.1:PORT,…"
    void make_topic(const std::string& topic, int partitions);
    // Returns when all that was put is with the brokers.
    void put(const std::string& topic, int partition, const std::string& key, const std::string& value);
    void flush();
    struct Record {
        std::string key, value;
        std::map<std::string, std::string> headers;
    };
    // Reads the first `count` records of a partition; fewer when no further one comes for ten seconds.
    std::vector<Record> read(const std::string& topic, int partition, size_t count) const;
    void set_up(int broker, bool is_up);  // the first one is 1
    // The next requests of this kind (the protocol's ApiKey: 1 is Fetch) are answered with these errors.
    void fail(int16_t api, std::initializer_list<rd_kafka_resp_err_t> errors);

  private:
    rd_kafka_t* producer_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace redshank::test
