#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "core/mutex.h"
#include "daemon/config/config.h"
#include "daemon/fleet/kafka_state_log.h"
#include "daemon/fleet/moving_state.h"

namespace redshank {

struct KafkaSourceConfig;

// Whether a source reads topics.
bool has_topics(const Config& config);
// The log that a source's `state_topic` names; null when none does. Throws std::runtime_error.
std::unique_ptr<StateLog> make_state_log(const Config& config);

// What a source that has a state_topic says of it.
KafkaStateTopic state_topic_of(const KafkaSourceConfig& topics);

// Copies the state every second, on a thread of its own.
class StatePublisher {
  public:
    // `log` must outlive it; `taken`: what take_over() has said of it. Throws as MovingState does.
    StatePublisher(const std::string& path, StateLog& log, const TakenState& taken);
    ~StatePublisher();  // stops
    StatePublisher(const StatePublisher&) = delete;
    StatePublisher& operator=(const StatePublisher&) = delete;

    void start();
    // Copies what is left, once, unless the last copy failed.
    void stop();
    // How many copies are complete. Any thread.
    uint64_t copies() const { return copies_; }
    // Another worker has gone on with this state. Any thread.
    bool is_lost() const { return is_lost_; }
    // Why the copy is behind; "" when it is not. Any thread.
    std::string problem() const EXCLUDES(mutex_);

  private:
    void run(const std::stop_token& stop);
    void publish() EXCLUDES(mutex_);

    MovingState state_;  // the thread's, while it runs
    std::jthread thread_;
    std::atomic<uint64_t> copies_ = 0;
    std::atomic<bool> is_lost_ = false;
    mutable Mutex mutex_;
    std::string problem_ GUARDED_BY(mutex_);
};

}  // namespace redshank
