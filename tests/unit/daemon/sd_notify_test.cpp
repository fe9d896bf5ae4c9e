#include "daemon/sd_notify.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/notify_listener.h"

namespace redshank {
namespace {

using test::NotifyListener;

TEST(SdNotify, SaysWhatSystemdExpects) {
    const std::string path = testing::TempDir() + "redshank-notify-" + std::to_string(getpid());
    {
        NotifyListener listener(path);
        const SdNotify notify(path);
        notify.ready("following 1 log\nREADY=0");
        EXPECT_EQ(listener.take(), "READY=1\nSTATUS=following 1 log READY=0");
        notify.watchdog();
        EXPECT_EQ(listener.take(), "WATCHDOG=1");
        notify.reloading();
        EXPECT_TRUE(listener.take().starts_with("RELOADING=1\nMONOTONIC_USEC="));
        notify.status("caught up");
        EXPECT_EQ(listener.take(), "STATUS=caught up");
        notify.stopping();
        EXPECT_EQ(listener.take(), "STOPPING=1\nSTATUS=stopping");
        EXPECT_EQ(listener.take(), "");
    }
    std::filesystem::remove(path);
}

TEST(SdNotify, AbstractSocket) {
    const std::string name = "@redshank-notify-" + std::to_string(getpid());
    NotifyListener listener(name);
    SdNotify(name).watchdog();
    EXPECT_EQ(listener.take(), "WATCHDOG=1");
}

TEST(SdNotify, NobodyListens) {
    SdNotify("").ready("fine");
    SdNotify("/nonexistent/socket").ready("fine");
    SdNotify(std::string(500, 'x')).ready("fine");
}

TEST(SdNotify, WatchdogInterval) {
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    EXPECT_FALSE(SdNotify::watchdog_interval());
    setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_EQ(SdNotify::watchdog_interval(), std::chrono::seconds(30));
    setenv("WATCHDOG_PID", "1", 1);
    EXPECT_FALSE(SdNotify::watchdog_interval()) << "meant for another process";
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
    EXPECT_EQ(SdNotify::watchdog_interval(), std::chrono::seconds(30));
    setenv("WATCHDOG_USEC", "soon", 1);
    EXPECT_FALSE(SdNotify::watchdog_interval());
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

}  // namespace
}  // namespace redshank
