#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "daemon/fleet/state_log.h"
#include "daemon/store/change_feed.h"

namespace redshank {

struct TakenState {
    std::string said;    // what people should hear; "": what is on the disk is used as it is
    std::string writer;  // who has written the copy last; "": there was none
};

// Before the store at `path` is opened: claims the log, and where another disk has written it since this one
// did, or there is none here, sets aside what is here and takes what is there. Throws std::runtime_error.
TakenState take_over(const std::string& path, StateLog& log);

// The store at `path`, which is open, is copied nowhere any more. Throws sqlite::Error.
void stop_copying(const std::string& path);

// Copies a store to a log: its rows, positions, findings and what is to be told, as of one commit each time.
// docs/scale-out.md.
class MovingState {
  public:
    using Clock = std::chrono::steady_clock;

    // `path`: of a store that is open. `taken`: what take_over() has said of it and of the log, which must
    // outlive this. Throws sqlite::Error.
    MovingState(const std::string& path, StateLog& log, const TakenState& taken,
                std::function<Clock::time_point()> now = Clock::now);

    // Copies what has changed, or says every two seconds that nothing has: a worker that says nothing is
    // taken for dead. False when it could not be: it goes with the next one. problem() says why.
    bool publish();
    const std::string& problem() const { return problem_; }
    bool is_lost() const { return log_.is_lost(); }

  private:
    ChangeFeed feed_;
    StateLog& log_;
    const std::function<Clock::time_point()> now_;
    Clock::time_point said_{};  // when something was kept last
    std::string name_;          // of the copy that this process writes
    std::string problem_;
};

}  // namespace redshank
