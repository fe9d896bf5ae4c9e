#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/sources/source.h"
#include "daemon/sources/topic_intake.h"

namespace redshank {

// The clusters of which something has come through a source of topics, and what people must hear of them:
// that one is silent, and that records of it are gone. Pipeline thread only.
class TopicClusters {
  public:
    using Clock = std::chrono::steady_clock;

    // `source` keys its rows and is named in notices. `stall_after` 0: silence is never told.
    TopicClusters(std::string source, std::chrono::seconds stall_after,
                  std::function<Clock::time_point()> now);

    // The rows of clusters, and in `intake` in which partitions they are to be waited for.
    void load(const StateReader& state, TopicIntake& intake);
    // Those that have changed since the last save().
    void save(StateWriter& state, const TopicIntake& intake);

    // The newest event of all, as the source's position has it.
    void set_last_event(audit::Time time) { last_event_ = time; }
    audit::Time last_event() const { return last_event_; }

    size_t size() const { return heard_.size(); }
    bool knows(std::string_view cluster) const { return heard_.contains(cluster); }
    // A record of it has come: it is expected to speak from now on.
    void meet(const std::string& cluster);

    // Lines were handed on.
    void heard(const Batch& batch);
    // Of clusters of which partitions are read, at most once a second.
    void look_for_silence(const TopicIntake& intake);
    // Records from `from` up to `to` are gone before they were read.
    void lost(const TopicIntake::Partition& partition, int64_t from, int64_t to, const std::string& cluster);
    // The partition ends before what was read of it.
    void anew(const TopicIntake::Partition& partition, int64_t offset, const std::string& cluster);

    // Moves the notices of one cluster into the batch, which has nothing of another.
    void tell(Batch& batch);

  private:
    struct Heard {
        Clock::time_point heard;
        audit::Time last_event{};
        bool has_changed = false;
        std::optional<bool> is_silent;  // whether people were told so; nothing: not known since the start
    };
    audit::Time last_event_of(const std::string& cluster) const;

    const std::string source_;
    const std::chrono::seconds stall_after_;
    const std::function<Clock::time_point()> now_;
    std::map<std::string, Heard, std::less<>> heard_;
    std::vector<std::pair<std::string, SourceNotice>> notices_;  // to be told, with their clusters
    audit::Time last_event_{};
    Clock::time_point looked_{};
};

}  // namespace redshank
