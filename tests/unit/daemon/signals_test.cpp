#include "daemon/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace redshank {
namespace {

using namespace std::chrono_literals;
using Request = Signals::Request;

void send(std::initializer_list<int> signals) {
    for (const int signal : signals) ::kill(::getpid(), signal);
}

TEST(SignalsTest, StopComesBeforeReloadWhicheverCameFirst) {
    for (const int stop : {SIGTERM, SIGINT}) {
        Signals signals(0ns);
        EXPECT_FALSE(signals.is_stop_pending());
        send({SIGHUP, stop, SIGHUP});
        EXPECT_TRUE(signals.is_stop_pending());
        EXPECT_EQ(signals.wait(1h), Request::Stop);
        EXPECT_FALSE(signals.is_stop_pending());
        EXPECT_EQ(signals.wait(0s), Request::None);
    }
}

TEST(SignalsTest, AReloadWaitsUntilItsTimeAndAStopDoesNotWaitForIt) {
    Signals signals(1h);
    send({SIGHUP});
    EXPECT_EQ(signals.wait(1h), Request::Reload);
    send({SIGHUP, SIGHUP});
    EXPECT_EQ(signals.wait(0s), Request::None);
    EXPECT_EQ(signals.wait(1ms), Request::None);
    send({SIGTERM});
    EXPECT_EQ(signals.wait(1h), Request::Stop);
    Signals later(1ms);  // signals that wait are kept, and count as one
    EXPECT_EQ(later.wait(1h), Request::Reload);
    send({SIGHUP});
    EXPECT_EQ(later.wait(1h), Request::Reload);
    EXPECT_EQ(later.wait(5ms), Request::None);
}

}  // namespace
}  // namespace redshank
