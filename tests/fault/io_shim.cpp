// LD_PRELOAD library: counts the calls that change files below IO_SHIM_UNDER. At a chosen call it ends the
// process, as kill -9 would, or makes the call fail. Memory-mapped files need no calls, and their content
// survives a kill.
//
//   IO_SHIM_UNDER    only files whose path begins with this count
//   IO_SHIM_KILL     number (from 1) of the call before which the process is killed
//   IO_SHIM_TORN     set: a write that is to be killed first writes half of its bytes
//   IO_SHIM_FAIL     "FROM-TO": these calls fail instead, and do nothing
//   IO_SHIM_ERRNO    with this errno (default ENOSPC)
//   IO_SHIM_TRACE    append each call, with its bytes, to this file (see power_loss.py)
//   IO_SHIM_COUNT    write the number of calls to this file when the process ends
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

namespace {

template <typename Function>
Function real(const char* name) {
    void* symbol = dlsym(RTLD_NEXT, name);
    Function function;
    std::memcpy(&function, &symbol, sizeof function);
    return function;
}

struct Shim {
    std::string under, trace, count_file;
    long kill_at = 0, fail_from = 0, fail_to = 0;
    int error = ENOSPC;
    bool torn = false;
    std::atomic<long> calls{0};
    std::mutex mutex;
    int trace_fd = -1;

    Shim() {
        const auto text = [](const char* name) {
            const char* value = std::getenv(name);
            return std::string(value ? value : "");
        };
        under = text("IO_SHIM_UNDER");
        trace = text("IO_SHIM_TRACE");
        count_file = text("IO_SHIM_COUNT");
        kill_at = std::atol(text("IO_SHIM_KILL").c_str());
        torn = !text("IO_SHIM_TORN").empty();
        if (!text("IO_SHIM_ERRNO").empty()) error = std::atoi(text("IO_SHIM_ERRNO").c_str());
        std::sscanf(text("IO_SHIM_FAIL").c_str(), "%ld-%ld", &fail_from, &fail_to);
        if (!trace.empty()) trace_fd = ::open(trace.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    ~Shim() {
        if (count_file.empty()) return;
        if (std::FILE* file = std::fopen(count_file.c_str(), "w")) {
            std::fprintf(file, "%ld\n", calls.load());
            std::fclose(file);
        }
    }
};

Shim& shim() {
    static Shim instance;
    return instance;
}
// Constructed before main(), so that the count is written even when no call was made.
[[maybe_unused]] const Shim& at_start = shim();

std::string path_of(int fd) {
    char path[PATH_MAX];
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    return size > 0 ? std::string(path, static_cast<size_t>(size)) : std::string{};
}

bool concerns_us(const std::string& path) {
    return !shim().under.empty() && path.starts_with(shim().under);
}

// Appends one record: "op path offset size extra", a newline and `size` bytes.
void note(const char* op, const std::string& path, long long offset, const void* bytes, size_t size,
          const std::string& extra = "-") {
    if (shim().trace_fd < 0) return;
    const std::lock_guard lock(shim().mutex);
    static const auto write_to = real<ssize_t (*)(int, const void*, size_t)>("write");
    const std::string head = std::string(op) + " " + path + " " + std::to_string(offset) + " " +
                             std::to_string(size) + " " + extra + "\n";
    write_to(shim().trace_fd, head.data(), head.size());
    if (size > 0) write_to(shim().trace_fd, bytes, size);
}

enum class Fate { Do, Fail };

// Called before each counted call. `half` performs the first half of a write.
template <typename Half>
Fate before_call(Half half) {
    const long number = ++shim().calls;
    if (number == shim().kill_at) {
        if (shim().torn) half();
        ::kill(::getpid(), SIGKILL);
        ::pause();
    }
    if (number >= shim().fail_from && number <= shim().fail_to) {
        errno = shim().error;
        return Fate::Fail;
    }
    return Fate::Do;
}
Fate before_call() {
    return before_call([] {});
}

ssize_t write_at(int fd, const void* bytes, size_t size, off64_t offset) {
    static const auto next = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    const std::string path = path_of(fd);
    if (!concerns_us(path)) return next(fd, bytes, size, offset);
    if (before_call([&] { next(fd, bytes, size / 2, offset); }) == Fate::Fail) return -1;
    note("write", path, offset, bytes, size);
    return next(fd, bytes, size, offset);
}

int sync(const char* name, int fd) {
    const auto next = real<int (*)(int)>(name);
    const std::string path = path_of(fd);
    if (!concerns_us(path)) return next(fd);
    if (before_call() == Fate::Fail) return -1;
    const int result = next(fd);
    note("sync", path, 0, nullptr, 0);
    return result;
}

int truncate_to(int fd, off64_t size) {
    static const auto next = real<int (*)(int, off64_t)>("ftruncate64");
    const std::string path = path_of(fd);
    if (!concerns_us(path)) return next(fd, size);
    if (before_call() == Fate::Fail) return -1;
    note("truncate", path, size, nullptr, 0);
    return next(fd, size);
}

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
    return write_at(fd, bytes, size, offset);
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    return write_at(fd, bytes, size, offset);
}

ssize_t write(int fd, const void* bytes, size_t size) {
    static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
    if (fd == STDOUT_FILENO) note("ack", "-", 0, bytes, size);
    const std::string path = path_of(fd);
    if (!concerns_us(path)) return next(fd, bytes, size);
    if (before_call([&] { next(fd, bytes, size / 2); }) == Fate::Fail) return -1;
    note("write", path, ::lseek64(fd, 0, SEEK_CUR), bytes, size);
    return next(fd, bytes, size);
}

int fsync(int fd) {
    return sync("fsync", fd);
}
int fdatasync(int fd) {
    return sync("fdatasync", fd);
}
int ftruncate64(int fd, off64_t size) {
    return truncate_to(fd, size);
}
int ftruncate(int fd, off_t size) {
    return truncate_to(fd, size);
}

int rename(const char* from, const char* to) {
    static const auto next = real<int (*)(const char*, const char*)>("rename");
    if (!concerns_us(from)) return next(from, to);
    if (before_call() == Fate::Fail) return -1;
    const int result = next(from, to);
    if (result == 0) note("rename", from, 0, nullptr, 0, to);
    return result;
}

int unlink(const char* path) {
    static const auto next = real<int (*)(const char*)>("unlink");
    if (!concerns_us(path)) return next(path);
    if (before_call() == Fate::Fail) return -1;
    const int result = next(path);
    if (result == 0) note("unlink", path, 0, nullptr, 0);
    return result;
}

}  // extern "C"
