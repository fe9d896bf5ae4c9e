// Writes records to topics.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporters/http_sender.h"
#include "exporters/kafka_connection.h"

namespace redshank {

// Used from the delivery thread.
class RecordWriter {
  public:
    virtual ~RecordWriter() = default;
    // Every record gets exactly one answer, with its token, at the latest after the connection's timeout: 200
    // when all brokers that must have it do, 413 when it is longer than they take, or a problem.
    virtual void write(uint64_t token, const KafkaRecord& record) = 0;
    // The answers that have come. Does not wait.
    virtual std::vector<HttpSender::Answer> take() = 0;
    virtual size_t in_flight() const = 0;
};

// Connects at the first record. Throws std::runtime_error when a file of the connection cannot be used.
std::shared_ptr<RecordWriter> make_kafka_writer(const KafkaConnection& connection);

}  // namespace redshank
