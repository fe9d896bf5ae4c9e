#include "daemon/fleet/state_publisher.h"

#include <pthread.h>

#include <algorithm>
#include <any>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "daemon/fleet/kafka_state_log.h"
#include "daemon/sources/kafka_source.h"

namespace redshank {

namespace {

constexpr auto kPublishStateEvery = std::chrono::seconds{1};

}  // namespace

bool has_topics(const Config& config) {
    return std::any_of(config.sources.begin(), config.sources.end(), [](const SourceConfig& source) {
        return std::any_cast<KafkaSourceConfig>(&source.own) != nullptr;
    });
}

KafkaStateTopic state_topic_of(const KafkaSourceConfig& topics) {
    return {.connection = topics.connection,
            .topic = topics.state_topic,
            .writer = topics.group + "/" + topics.member};
}

std::unique_ptr<StateLog> make_state_log(const Config& config) {
    for (const SourceConfig& source : config.sources) {
        const auto* topics = std::any_cast<KafkaSourceConfig>(&source.own);
        if (topics == nullptr || topics->state_topic.empty()) continue;
        return make_kafka_state_log(state_topic_of(*topics));
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
    std::mutex mutex;
    std::condition_variable_any never;
    while (!stop.stop_requested()) {
        publish();
        std::unique_lock lock(mutex);
        never.wait_for(lock, stop, kPublishStateEvery, [] { return false; });
    }
}

void StatePublisher::publish() {
    if (state_.publish()) ++copies_;
    is_lost_ = state_.is_lost();
    const Lock lock(mutex_);
    problem_ = state_.problem().empty() ? "" : "the copy of the state is behind: " + state_.problem();
}

}  // namespace redshank
