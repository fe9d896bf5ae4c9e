#pragma once

#include <atomic>

namespace redshank {

// Asks a thread that waits in poll() to end. request() may be called from any thread, more than once.
class StopSignal {
  public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    void request();
    bool requested() const { return requested_.load(std::memory_order_acquire); }
    int fd() const { return fd_; }  // readable once requested

  private:
    std::atomic<bool> requested_ = false;
    int fd_;
};

}  // namespace redshank
