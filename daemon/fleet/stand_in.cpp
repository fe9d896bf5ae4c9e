#include "daemon/fleet/stand_in.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>

#include "core/log.h"
#include "daemon/fleet/state_publisher.h"
#include "daemon/fleet/topics_of.h"

namespace redshank {

Silence::Silence(const std::vector<std::string>& writers, Clock::duration after, Clock::time_point now)
    : after_(after) {
    for (const std::string& writer : writers) last_.emplace(writer, now);
}

void Silence::heard(const std::string& writer, Clock::time_point now) {
    const auto known = last_.find(writer);
    if (known != last_.end()) known->second = now;
}

void Silence::begin_anew(Clock::time_point now) {
    for (auto& [writer, last] : last_) last = now;
}

std::optional<std::string> Silence::silent(Clock::time_point now) const {
    const auto oldest = std::min_element(last_.begin(), last_.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (oldest == last_.end() || now - oldest->second < after_) return std::nullopt;
    return oldest->first;
}

bool is_spare(const Config& config) {
    const auto all = topics_of(config);
    return std::any_of(all.begin(), all.end(),
                       [](const auto* topics) { return !topics->stands_in_for.empty(); });
}

bool gives_way(const Config& config) {
    const auto all = topics_of(config);
    return is_spare(config) ||
           std::any_of(all.begin(), all.end(), [](const auto* topics) { return !topics->members.empty(); });
}

void stand_in(Config& config, Silence::Clock::duration after) {
    for (KafkaSourceConfig* topics : topics_of(config)) {
        if (topics->stands_in_for.empty()) continue;
        log_notice("a spare worker: waits until one of {} is silent for {} s",
                   fmt::join(topics->stands_in_for, ", "), after / std::chrono::seconds{1});
        std::vector<std::string> writers;
        for (const std::string& member : topics->stands_in_for)
            writers.push_back(topics->group + "/" + member);
        std::random_device random;
        after += after / 4 * (random() % 1000) / 1000;
        const std::string silent = wait_for_silence(state_topic_of(*topics), writers, after);
        topics->member = silent.substr(topics->group.size() + 1);
        log_notice("{} is silent: goes on as {}", topics->member, topics->member);
        return;
    }
}

}  // namespace redshank
