#pragma once

#include <cstddef>
#include <vector>

#include "audit/time.h"
#include "daemon/sources/log_reader.h"

namespace redshank {

// One of several logs that are read together: its lines, each with the time at which its turn comes. A line
// without a readable time comes with the one before it, and one that is far ahead of the next with the next.
class TimedLog {
  public:
    // One that is read alone needs no times: they are all Time{}.
    enum class Times : uint8_t { None, Read };
    TimedLog(const UniqueFd& fd, size_t line_limit, Times times)
        : log_(fd, line_limit), has_times_(times == Times::Read) {}

    // Reads on when all lines were taken; the lines taken before are gone then.
    void refill();
    // All lines were taken, and no more will come.
    bool is_over() const { return is_read_ && at_ == lines_.size(); }

    // When the next line's turn comes. Only while it has one.
    bool has_next() const { return at_ < lines_.size(); }
    audit::Time next() const { return times_[at_]; }
    // Appends the next line and those after it whose turn is not after `last`. They live until the next
    // refill().
    void take(audit::Time last, std::vector<Line>& lines);

    const LogReader& log() const { return log_; }

  private:
    LogReader log_;
    bool has_times_;
    std::vector<Line> lines_;
    std::vector<audit::Time> times_;  // of lines_
    size_t at_ = 0;
    audit::Time newest_{};
    bool is_read_ = false;
};

}  // namespace redshank
