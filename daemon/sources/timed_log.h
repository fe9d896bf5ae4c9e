#pragma once

#include <vector>

#include "daemon/sources/log_reader.h"
#include "daemon/sources/timed_lines.h"

namespace redshank {

// One of several whole logs that are read together.
class TimedLog : public TimedLines {
  public:
    TimedLog(const UniqueFd& fd, size_t line_limit, Times times, LogPace pace = {})
        : log_(fd, line_limit, pace), has_times_(times) {}

    // Reads on when all lines were taken; the lines taken before are gone then.
    void refill();
    // All lines were taken, and no more will come.
    bool is_over() const { return is_read_ && !has_next(); }

    const LogReader& log() const { return log_; }
    void take_skips(std::vector<SourceSkip>& skips) { log_.take_skips(skips); }

  private:
    LogReader log_;
    const Times has_times_;
    std::vector<Line> read_;
    bool is_read_ = false;
};

}  // namespace redshank
