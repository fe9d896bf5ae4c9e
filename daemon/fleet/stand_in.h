// A spare worker: it waits until a worker of its fleet is silent, and goes on as that one, from the state
// that is in the topic. docs/scale-out.md.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/fleet/kafka_state_log.h"

namespace redshank {

// A worker says every two seconds that it is there, by a copy of its state or by the name of the last one.
// One that starts again after a crash has longer than that.
inline constexpr std::chrono::milliseconds kSilentAfter{5'000};

// Which writers of a state topic have said nothing for so long.
class Silence {
  public:
    using Clock = std::chrono::steady_clock;

    Silence(const std::vector<std::string>& writers, Clock::duration after, Clock::time_point now);
    void heard(const std::string& writer, Clock::time_point now);
    // Nobody could be heard until now.
    void begin_anew(Clock::time_point now);
    // The one that is silent for longest; nothing while all speak.
    std::optional<std::string> silent(Clock::time_point now) const;

  private:
    const Clock::duration after_;
    std::map<std::string, Clock::time_point, std::less<>> last_;
};

// Returns the first of the writers that is silent for `after`. While no broker answers nobody is. Throws
// std::runtime_error. In a build without Kafka too.
std::string wait_for_silence(const KafkaStateTopic& topic, const std::vector<std::string>& writers,
                             Silence::Clock::duration after);

// Whether a source names whom it stands in for.
bool is_spare(const Config& config);

// Whether it ends when another worker goes on under its name: a spare waits again then, and from one that
// reads a share no group takes it.
bool gives_way(const Config& config);

// A spare worker waits here, and gets the name of the one that is silent for `after`, or up to a quarter
// longer: spares take their turns, and who comes later hears who came before. Throws std::runtime_error.
void stand_in(Config& config, Silence::Clock::duration after = kSilentAfter);

}  // namespace redshank
