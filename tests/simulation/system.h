// What the daemon asks of its host: the clocks, and calls on the files of the log. system.cpp defines
// clock_gettime, open, pread and others for the whole program, so they stand before those of the C library,
// also for libstdc++. Production code knows nothing of it.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace redshank::sim {

struct Host {
    // Nanoseconds since 1970, and since the host came up.
    int64_t wall = 1'767'600'000'000'000'000;  // 2026-01-05
    int64_t steady = 1'000'000'000'000;

    void pass(int64_t nanoseconds) {
        wall += nanoseconds;
        steady += nanoseconds;
    }

    // Calls of the daemon on files below `folder`, a relative path, fail with `error`, one in `one_in` (0:
    // none).
    std::string folder;
    bool is_daemon = false;  // the call is the daemon's, not that of the API server or of logrotate
    unsigned one_in = 0;
    std::string only;  // this call; "": any
    std::string file;  // calls that name this file; "": any
    int error = 0;
    std::mt19937_64 random;
    uint64_t failed = 0;
};

Host& host();

// Inodes and birth times are the simulation's: counted in the order in which files are first looked at, so
// that they are the same in each run of a seed. Forgets those of the run before.
void forget_files();

// The daemon runs while this lives.
struct AsDaemon {
    AsDaemon() { host().is_daemon = true; }
    ~AsDaemon() { host().is_daemon = false; }
    AsDaemon(const AsDaemon&) = delete;
    AsDaemon& operator=(const AsDaemon&) = delete;
};

}  // namespace redshank::sim
