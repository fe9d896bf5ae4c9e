#include "daemon/stop_signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace redshank {

StopSignal::StopSignal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

StopSignal::~StopSignal() {
    ::close(fd_);
}

void StopSignal::request() {
    requested_.store(true, std::memory_order_release);
    ::eventfd_write(fd_, 1);
}

}  // namespace redshank
