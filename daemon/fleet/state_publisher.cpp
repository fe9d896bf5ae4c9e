#include "daemon/fleet/state_publisher.h"

#include <pthread.h>

#include <chrono>

#include "core/pause.h"
#include "daemon/fleet/kafka_state_log.h"
#include "daemon/fleet/topics_of.h"
#include "daemon/sources/kafka_source.h"

namespace redshank {

namespace {

constexpr auto kPublishStateEvery = std::chrono::seconds{1};

}  // namespace

bool has_topics(const Config& config) {
    return !topics_of(config).empty();
}

KafkaStateTopic state_topic_of(const KafkaSourceConfig& topics) {
    return {.connection = topics.connection,
            .topic = topics.state_topic,
            .writer = topics.group + "/" + topics.member};
}

std::unique_ptr<StateLog> make_state_log(const Config& config) {
    for (const KafkaSourceConfig* topics : topics_of(config)) {
        if (!topics->state_topic.empty()) return make_kafka_state_log(state_topic_of(*topics));
    }
    return nullptr;
}

StatePublisher::StatePublisher(const std::string& path, StateLog& log, const TakenState& taken)
    : state_(path, log, taken) {}

StatePublisher::~StatePublisher() {
    stop();
}

void StatePublisher::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void StatePublisher::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    if (problem().empty()) publish();  // brokers that are away hold up no stop
}

std::string StatePublisher::problem() const {
    const Lock lock(mutex_);
    return problem_;
}

void StatePublisher::run(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "state-topic");
    while (!stop.stop_requested()) {
        publish();
        pause_for(stop, kPublishStateEvery);
    }
}

void StatePublisher::publish() {
    if (state_.publish()) ++copies_;
    is_lost_ = state_.is_lost();
    const Lock lock(mutex_);
    problem_ = state_.problem().empty() ? "" : "the copy of the state is behind: " + state_.problem();
}

}  // namespace redshank
