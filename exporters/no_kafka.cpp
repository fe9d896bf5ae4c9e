#include <stdexcept>

#include "exporters/kafka_writer.h"

namespace redshank {

bool has_kafka() {
    return false;
}

std::shared_ptr<RecordWriter> make_kafka_writer(const KafkaConnection&) {
    throw std::runtime_error(kNoKafka);  // check-config has said it
}

}  // namespace redshank
