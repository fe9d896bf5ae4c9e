#include "tests/simulation/system.h"

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
#include <map>
#include <random>
#include <tuple>

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

// By device, inode and birth time.
using RealFile = std::tuple<uint64_t, uint64_t, int64_t>;
struct SimulatedFile {
    uint64_t inode = 0;
    int64_t born = 0;
};
std::map<RealFile, SimulatedFile>& files() {
    static std::map<RealFile, SimulatedFile> all;
    return all;
}

void simulate(struct statx& info) {
    const auto device = uint64_t{info.stx_dev_major} << 32 | info.stx_dev_minor;
    const RealFile real{device, info.stx_ino, info.stx_btime.tv_sec * 1'000'000'000 + info.stx_btime.tv_nsec};
    const auto [at, is_new] = files().try_emplace(real);
    if (is_new) at->second = {files().size(), host().wall};
    info.stx_dev_major = info.stx_dev_minor = 1;
    info.stx_ino = at->second.inode;
    info.stx_btime.tv_sec = at->second.born / 1'000'000'000;
    info.stx_btime.tv_nsec = static_cast<uint32_t>(at->second.born % 1'000'000'000);
}

bool is_below(const char* path) {
    return !host().folder.empty() && path && std::string_view(path).starts_with(host().folder);
}

// A call that names the path may fail.
bool is_meant(const char* path) {
    return is_below(path) && (host().file.empty() || host().file == path);
}

bool fails(std::string_view call) {
    Host& now = host();
    if (!now.is_daemon || now.one_in == 0 || (!now.only.empty() && now.only != call)) return false;
    if (now.random() % now.one_in != 0) return false;
    ++now.failed;
    errno = now.error;
    return true;
}

bool fails(std::string_view call, int fd) {
    return fd >= 0 && fd < kDescriptors && is_log[static_cast<size_t>(fd)] && host().file.empty() &&
           fails(call);
}

int opened(const char* name, const char* path, int flags, mode_t mode) {
    if (is_meant(path) && fails(name)) return -1;
    const int fd = real<int (*)(const char*, int, ...)>(name)(path, flags, mode);
    if (fd >= 0 && fd < kDescriptors) is_log[static_cast<size_t>(fd)] = host().is_daemon && is_below(path);
    return fd;
}

}  // namespace

void forget_files() {
    files().clear();
}

}  // namespace redshank::sim

// NOLINTBEGIN: names and shapes of the C library.
using redshank::sim::fails;
using redshank::sim::host;
using redshank::sim::is_meant;
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

// What std::filesystem opens a folder with.
int openat(int folder, const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (is_meant(path) && fails("openat")) return -1;
    return real<int (*)(int, const char*, int, ...)>("openat")(folder, path, flags, mode);
}

int dup(int fd) noexcept {
    const int copy = real<int (*)(int)>("dup")(fd);
    if (copy >= 0 && copy < redshank::sim::kDescriptors)
        redshank::sim::is_log[static_cast<size_t>(copy)] = redshank::sim::is_log[static_cast<size_t>(fd)];
    return copy;
}

int close(int fd) {
    if (fd >= 0 && fd < redshank::sim::kDescriptors) redshank::sim::is_log[static_cast<size_t>(fd)] = false;
    return real<int (*)(int)>("close")(fd);
}

ssize_t read(int fd, void* to, size_t size) {
    return fails("read", fd) ? -1 : real<ssize_t (*)(int, void*, size_t)>("read")(fd, to, size);
}

ssize_t pread(int fd, void* to, size_t size, off_t from) {
    return fails("pread", fd) ? -1
                              : real<ssize_t (*)(int, void*, size_t, off_t)>("pread")(fd, to, size, from);
}

ssize_t preadv(int fd, const iovec* to, int count, off_t from) {
    return fails("preadv", fd)
               ? -1
               : real<ssize_t (*)(int, const iovec*, int, off_t)>("preadv")(fd, to, count, from);
}

int fstat(int fd, struct stat* to) noexcept {
    return fails("fstat", fd) ? -1 : real<int (*)(int, struct stat*)>("fstat")(fd, to);
}

int stat(const char* path, struct stat* to) noexcept {
    return is_meant(path) && fails("stat") ? -1 : real<int (*)(const char*, struct stat*)>("stat")(path, to);
}

int statx(int fd, const char* path, int flags, unsigned mask, struct statx* to) noexcept {
    if (*path ? is_meant(path) && fails("statx") : fails("statx", fd)) return -1;
    const int code =
        real<int (*)(int, const char*, int, unsigned, struct statx*)>("statx")(fd, path, flags, mask, to);
    if (code == 0) redshank::sim::simulate(*to);
    return code;
}

// The database's disk is simulated (disk.h), and nothing else needs to outlive the test.
int fsync(int) {
    return 0;
}
int fdatasync(int) {
    return 0;
}
}

// Of the C++ library: keys of hashes come from the seed.
std::random_device::result_type std::random_device::_M_getval() {
    return static_cast<result_type>(host().random());
}
// NOLINTEND
