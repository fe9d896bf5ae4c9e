// Messages to systemd: sd_notify(3), which is one datagram of KEY=VALUE lines to the socket that
// $NOTIFY_SOCKET names. Without that variable (a terminal, a container) every call does nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace redshank {

// Any thread may call; each call is one sendto(). A message that cannot be sent is dropped: the service must
// not depend on who watches it.
class SdNotify {
  public:
    // `socket` is a path, "@name" for an abstract socket, or "" for none.
    explicit SdNotify(std::string socket) : socket_(std::move(socket)) {}
    // Reads $NOTIFY_SOCKET.
    static SdNotify from_environment();
    bool has_listener() const { return !socket_.empty(); }

    // Started, or reloaded: configuration, state and sources are there. `status` is the line that `systemctl
    // status` shows.
    void ready(std::string_view status) const;
    void stopping() const;
    // SIGHUP was heard; ready() must follow. Sends MONOTONIC_USEC, which Type=notify-reload (systemd 253)
    // wants.
    void reloading() const;
    void status(std::string_view status) const;
    // Send it at least every watchdog_interval() / 2, and only while the work makes progress.
    void watchdog() const;

    // Leaves a duplicate of the descriptor to systemd, which hands it to the next process of the service
    // (inherited_fds()) under this name, until forget_fd(). `name`: printable ASCII without ':'. False when
    // the queue is full: try again later.
    bool keep_fd(int fd, const std::string& name) const;
    bool forget_fd(const std::string& name) const;

    // $WATCHDOG_USEC, when it is meant for this process ($WATCHDOG_PID). Nothing: no watchdog.
    static std::optional<std::chrono::microseconds> watchdog_interval();

  private:
    // False when systemd takes no more just now.
    bool send(const std::string& message, int attached = -1) const;

    std::string socket_;
};

}  // namespace redshank
