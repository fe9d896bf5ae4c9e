// SIGTERM, SIGINT and SIGHUP as requests that one thread takes, one after the other.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>

namespace redshank {

class Signals {
  public:
    // Blocks the three in the calling thread and in every thread that it makes later; ignores SIGPIPE.
    // `between_reloads`: the least time from one Reload to the next.
    explicit Signals(std::chrono::nanoseconds between_reloads = std::chrono::seconds{1});

    enum class Request : uint8_t { None, Stop, Reload };
    // Returns the next request, or None when none came for `patience`. Stop precedes any Reload. SIGHUPs that
    // arrive too soon after a Reload together cause one Reload, when its time has come.
    Request wait(std::chrono::nanoseconds patience);

    // SIGTERM or SIGINT waits to be taken. Any thread.
    bool is_stop_pending() const;

  private:
    using Clock = std::chrono::steady_clock;

    sigset_t stop_, all_;
    const std::chrono::nanoseconds between_reloads_;
    Clock::time_point next_reload_ = Clock::time_point::min();
};

}  // namespace redshank
