#include <stdexcept>

#include "daemon/fleet/kafka_state_log.h"
#include "daemon/fleet/stand_in.h"
#include "daemon/sources/kafka_client.h"

namespace redshank {

std::unique_ptr<TopicClient> make_kafka_client(const KafkaConnection& /*connection*/,
                                               const KafkaSubscription& /*subscription*/) {
    throw std::runtime_error(kNoKafka);
}

std::string wait_for_silence(const KafkaStateTopic& /*topic*/, const std::vector<std::string>& /*writers*/,
                             Silence::Clock::duration /*after*/) {
    throw std::runtime_error(kNoKafka);
}

std::unique_ptr<StateLog> make_kafka_state_log(KafkaStateTopic /*topic*/) {
    throw std::runtime_error(kNoKafka);
}

}  // namespace redshank
