#include "daemon/sources/timed_lines.h"

#include <algorithm>

#include "daemon/sources/line_time.h"

namespace redshank {

void TimedLines::put(std::vector<Line>& lines, Times times) {
    lines_.swap(lines);
    lines.clear();
    times_.clear();
    at_ = 0;
    for (const Line& line : lines_) {
        const audit::Time time = times == Times::Read ? time_of_line(line.text) : audit::Time{};
        if (time != audit::Time{}) newest_ = time;
        times_.push_back(newest_);
    }
    for (size_t i = 0; i + 1 < times_.size(); ++i) times_[i] = std::min(times_[i], times_[i + 1]);
}

void TimedLines::take(audit::Time last, std::vector<Line>& lines) {
    do {
        lines.push_back(lines_[at_++]);
    } while (has_next() && next() <= last);
}

}  // namespace redshank
