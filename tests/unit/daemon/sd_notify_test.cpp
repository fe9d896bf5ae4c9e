#include "daemon/sd_notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace redshank {
namespace {

// systemd's end of the socket.
class Listener {
  public:
    explicit Listener(const std::string& name) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name[0] == '@') address.sun_path[0] = '\0';
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0) << std::strerror(errno);
    }
    ~Listener() { close(fd_); }
    Listener(const Listener&) = delete;

    // The next message; "" when there is none.
    std::string take() {
        char text[1024];
        const ssize_t size = recv(fd_, text, sizeof text, MSG_DONTWAIT);
        return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
    }

  private:
    int fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

TEST(SdNotify, SaysWhatSystemdExpects) {
    const std::string path = testing::TempDir() + "redshank-notify-" + std::to_string(getpid());
    {
        Listener listener(path);
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
    Listener listener(name);
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
