#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "audit/time.h"
#include "daemon/sources/source.h"

namespace redshank {

// Lines of one of several logs that are read together, each with the time at which its turn comes: its
// stageTimestamp. A line without a readable time comes with the one before it, and one that is far ahead of
// the next with the next.
class TimedLines {
  public:
    // One that is read alone needs no times: they are all Time{}.
    enum class Times : uint8_t { None, Read };

    // The next lines, once all were taken. `lines` gets others, to be used again.
    void put(std::vector<Line>& lines, Times times);

    // When the next line's turn comes. Only while it has one.
    bool has_next() const { return at_ < lines_.size(); }
    audit::Time next() const { return times_[at_]; }
    // Lines were taken since put().
    bool has_begun() const { return at_ > 0; }
    const Line& last_taken() const { return lines_[at_ - 1]; }

    // Appends the next line and those after it whose turn is not after `last`.
    void take(audit::Time last, std::vector<Line>& lines);

  private:
    std::vector<Line> lines_;
    std::vector<audit::Time> times_;  // of lines_
    size_t at_ = 0;
    audit::Time newest_{};
};

// Of several logs, the one whose turn it is, the first of two at the same time, and until when it is:
// `until`, or the turn of another. The end when none has a next line. `lines_of`: the TimedLines of one of
// `logs`.
template <class Logs, class LinesOf>
auto next_turn(Logs& logs, audit::Time until, LinesOf lines_of) {
    auto turn = std::end(logs);
    for (auto log = std::begin(logs); log != std::end(logs); ++log) {
        if (!lines_of(*log).has_next()) continue;
        const audit::Time next = lines_of(*log).next();
        if (turn != std::end(logs) && next >= lines_of(*turn).next()) {
            until = std::min(until, next);
            continue;
        }
        if (turn != std::end(logs)) until = std::min(until, lines_of(*turn).next());
        turn = log;
    }
    return std::make_pair(turn, until);
}

}  // namespace redshank
