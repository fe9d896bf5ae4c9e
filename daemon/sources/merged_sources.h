#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/sources/source.h"
#include "daemon/sources/timed_lines.h"

namespace redshank {

// The sources of one cluster that can wait (Source::can_wait), as one stream: line by line in the order of
// stageTimestamp. A source that is alone is passed through as it is.
//
// A line waits for every other source
//   - as long as that source has lines: the one that is ahead waits while another catches up, and holds one
//     batch meanwhile;
//   - kHoldLate at most while that source has none, and what was written is on its way (Source::is_late);
//   - kHold at most while that source has none and more may come. Not at all for one that cannot be read, nor
//     while one that has lines has more to read: then what it has is old.
// Pipeline thread only.
class MergedSources {
  public:
    using Clock = std::chrono::steady_clock;

    // Covers the time from writing to reading, and clocks of control planes that are so far apart. Twice as
    // much would be the second within which people hear of a finding.
    static constexpr std::chrono::milliseconds kHold{500};
    // Covers a broker's answer, also while its leaders change.
    static constexpr std::chrono::milliseconds kHoldLate{10'000};

    // The sources must outlive it.
    explicit MergedSources(std::vector<Source*> sources, std::function<Clock::time_point()> now = Clock::now);

    // A source that comes or goes between two reads. What was read of one that goes and not passed on is lost
    // to this object; the last one stays.
    void add(Source* source);
    void remove(const Source* source);

    // Clears the batch and fills it with what comes next, of source(). Its position is set with the last line
    // that was read there. The lines live until the next read(). A line of a time after `limit` is not passed
    // on: something from elsewhere may come before it.
    Source::Read read(Batch& batch, audit::Time limit = audit::Time::max());
    Source& source() const { return *from_; }
    // The lines of a batch are those of one read(), unmixed.
    bool is_alone() const { return members_.size() == 1; }

    // The time of the line whose turn it is among those that were read; nothing when there is none.
    std::optional<audit::Time> next() const;
    // When to read() again though no source has more; max(): nothing waits.
    Clock::time_point due() const;
    // Appends Source::wake_fd() of those of which something to read is wanted now.
    void wake_fds(std::vector<int>& fds) const;
    // Whether each source says so (Source::hears_all).
    bool hears_all() const;
    // Where to resume the sources of which a part of a batch was passed on, by name.
    void positions(std::map<std::string, std::string>& positions) const;

  private:
    struct Member {
        Source* source;
        Batch batch;  // as read, without its lines
        TimedLines lines;
        Source::Read last = Source::Read::Lines;  // what its last read() returned …
        Clock::time_point read_at{};              // … and when
    };

    bool refill(Clock::time_point before, Batch& batch);
    bool may_go_on(Clock::time_point now) const;
    bool waits_for_late() const;
    Clock::time_point held_until() const;
    bool take(Batch& batch, audit::Time limit);
    void pass(Member& member, Batch& batch);

    std::vector<Member> members_;
    std::function<Clock::time_point()> now_;
    Source* from_;
};

// Each cluster's sources that can wait together, every other one alone, in the order of the first of each.
std::vector<MergedSources> merge(const std::vector<std::unique_ptr<Source>>& sources);

}  // namespace redshank
