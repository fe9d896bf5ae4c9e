#include <stdexcept>

#include "daemon/sources/kafka_client.h"

namespace redshank {

std::unique_ptr<TopicClient> make_kafka_client(const KafkaConnection& /*connection*/,
                                               const KafkaSubscription& /*subscription*/) {
    throw std::runtime_error(kNoKafka);
}

}  // namespace redshank
