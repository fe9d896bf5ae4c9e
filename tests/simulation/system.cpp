#include "tests/simulation/system.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstring>

namespace redshank::sim {

Host& host() {
    static Host instance;
    return instance;
}

namespace {

constexpr int kDescriptors = 4096;
std::array<bool, kDescriptors> is_log{};  // by descriptor: the daemon opened a file of the log

template <typename Function>
Function real(const char* name) {
    void* symbol = dlsym(RTLD_NEXT, name);
    Function function;
    std::memcpy(&function, &symbol, sizeof function);
    return function;
}

bool is_below(const char* path) {
    return !host().folder.empty() && path && std::string_view(path).starts_with(host().folder);
}

bool fails() {
    Host& now = host();
    if (!now.is_daemon || now.one_in == 0 || now.random() % now.one_in != 0) return false;
    ++now.failed;
    errno = now.error;
    return true;
}

bool fails(int fd) {
    return fd >= 0 && fd < kDescriptors && is_log[static_cast<size_t>(fd)] && fails();
}

int opened(const char* name, const char* path, int flags, mode_t mode) {
    if (is_below(path) && fails()) return -1;
    const int fd = real<int (*)(const char*, int, ...)>(name)(path, flags, mode);
    if (fd >= 0 && fd < kDescriptors) is_log[static_cast<size_t>(fd)] = host().is_daemon && is_below(path);
    return fd;
}

}  // namespace
}  // namespace redshank::sim

// NOLINTBEGIN: names and shapes of the C library.
using redshank::sim::fails;
using redshank::sim::host;
using redshank::sim::is_below;
using redshank::sim::real;

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const int64_t now = clock == CLOCK_REALTIME ? host().wall : host().steady;
    time->tv_sec = now / 1'000'000'000;
    time->tv_nsec = now % 1'000'000'000;
    return 0;
}

int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return redshank::sim::opened("open", path, flags, mode);
}

DIR* opendir(const char* path) {
    return is_below(path) && fails() ? nullptr : real<DIR* (*)(const char*)>("opendir")(path);
}

ssize_t read(int fd, void* to, size_t size) {
    return fails(fd) ? -1 : real<ssize_t (*)(int, void*, size_t)>("read")(fd, to, size);
}

ssize_t pread(int fd, void* to, size_t size, off_t from) {
    return fails(fd) ? -1 : real<ssize_t (*)(int, void*, size_t, off_t)>("pread")(fd, to, size, from);
}

ssize_t preadv(int fd, const iovec* to, int count, off_t from) {
    return fails(fd) ? -1 : real<ssize_t (*)(int, const iovec*, int, off_t)>("preadv")(fd, to, count, from);
}

int fstat(int fd, struct stat* to) noexcept {
    return fails(fd) ? -1 : real<int (*)(int, struct stat*)>("fstat")(fd, to);
}

int stat(const char* path, struct stat* to) noexcept {
    return is_below(path) && fails() ? -1 : real<int (*)(const char*, struct stat*)>("stat")(path, to);
}

// The database's disk is simulated (disk.h), and nothing else needs to outlive the test.
int fsync(int) {
    return 0;
}
int fdatasync(int) {
    return 0;
}
}
// NOLINTEND
