#include "daemon/signals.h"

#include <pthread.h>
#include <time.h>

#include <algorithm>

namespace redshank {

namespace {

using namespace std::chrono_literals;

// The signal that was taken; not above 0 when none of the set came in time.
int take(const sigset_t& set, std::chrono::nanoseconds patience) {
    const auto rest = std::max(patience, std::chrono::nanoseconds{0});
    const auto whole = std::chrono::floor<std::chrono::seconds>(rest);
    const timespec timeout{.tv_sec = whole.count(), .tv_nsec = (rest - whole).count()};
    return sigtimedwait(&set, nullptr, &timeout);
}

}  // namespace

Signals::Signals(std::chrono::nanoseconds between_reloads) : between_reloads_(between_reloads) {
    sigemptyset(&stop_);
    sigaddset(&stop_, SIGTERM);
    sigaddset(&stop_, SIGINT);
    all_ = stop_;
    sigaddset(&all_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &all_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

Signals::Request Signals::wait(std::chrono::nanoseconds patience) {
    const Clock::time_point give_up = Clock::now() + patience;
    for (;;) {
        const Clock::time_point now = Clock::now();
        const bool may_reload = now >= next_reload_;
        const Clock::time_point until = may_reload ? give_up : std::min(give_up, next_reload_);
        const int signal = take(may_reload ? all_ : stop_, until - now);
        // The kernel hands out the lowest number first, and so SIGHUP before the others.
        if (signal == SIGHUP && take(stop_, 0s) <= 0) {
            next_reload_ = Clock::now() + between_reloads_;
            return Request::Reload;
        }
        if (signal > 0) return Request::Stop;
        if (Clock::now() >= give_up) return Request::None;
    }
}

bool Signals::is_stop_pending() const {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

}  // namespace redshank
