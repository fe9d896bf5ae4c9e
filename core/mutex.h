// A mutex whose use the compiler checks: a member names the mutex that guards it, and clang's -Wthread-safety
// (`make lint`) rejects code that accesses it without that mutex. For other compilers it is a plain
// std::mutex. Source of the attributes: https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <mutex>

#if defined(__clang__)
#define REDSHANK_ATTRIBUTE(x) __attribute__((x))
#else
#define REDSHANK_ATTRIBUTE(x)
#endif

#define CAPABILITY(x) REDSHANK_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY REDSHANK_ATTRIBUTE(scoped_lockable)
#define ACQUIRE(...) REDSHANK_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) REDSHANK_ATTRIBUTE(release_capability(__VA_ARGS__))
// For a member: it is accessed only while the mutex is held.
#define GUARDED_BY(x) REDSHANK_ATTRIBUTE(guarded_by(x))
// For a function: the caller holds the mutex, or must not hold it.
#define REQUIRES(...) REDSHANK_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) REDSHANK_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace redshank {

class CAPABILITY("mutex") Mutex {
  public:
    void lock() ACQUIRE() { mutex_.lock(); }
    void unlock() RELEASE() { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

// Holds the mutex during its life.
class SCOPED_CAPABILITY Lock {
  public:
    explicit Lock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
    ~Lock() RELEASE() { mutex_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

  private:
    Mutex& mutex_;
};

}  // namespace redshank
