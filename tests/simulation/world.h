// Everything around one redshank and its logs (of one server, of two, or of two clusters), driven by one
// seed. The same seed does the same again, byte for byte.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "daemon/config/config.h"
#include "daemon/works.h"
#include "tests/simulation/digest.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/receivers.h"
#include "tests/simulation/server.h"
#include "tests/support/temp_dir.h"

namespace redshank::sim {

struct Result {
    std::string failure;  // "" when every invariant held; else which one, and what had happened
    uint64_t digest = 0;  // of what happened, was told and is stored
    uint64_t lines = 0, kills = 0, power_cuts = 0, failed_calls = 0, failed_starts = 0, messages = 0,
             criticals = 0;
};

// The working folder of the process, while it lives: what the daemon reads and writes has relative paths, so
// that the folder's name shows nowhere.
class WorkingFolder {
  public:
    WorkingFolder() : before_(std::filesystem::current_path()) { std::filesystem::current_path(dir_.path()); }
    ~WorkingFolder() { std::filesystem::current_path(before_); }
    WorkingFolder(const WorkingFolder&) = delete;
    WorkingFolder& operator=(const WorkingFolder&) = delete;

  private:
    test::TempDir dir_;
    std::filesystem::path before_;
};

class World {
  public:
    // `without`: what does not happen, to find out what a failure needs (main.cpp lists the words).
    explicit World(uint64_t seed, std::set<std::string> without = {});
    Result run(unsigned steps);

  private:
    uint64_t any(uint64_t below) { return random_() % below; }
    bool has(const char* what) const { return !without_.contains(what); }
    Server& server() { return servers_[any(servers_.size())]; }
    void note(const std::string& what);
    void fail(const std::string& what);

    void step();
    void server_acts();
    void operator_acts();
    void receivers_change();
    void trouble();
    void blind();
    void clock_steps();
    void kill();

    void start();
    void start_locked_out();
    void lock_out();
    void work(unsigned turns);  // some of both threads' work
    void read();
    void pass_time(int64_t seconds);  // a second at a time, with work
    bool is_well() const;
    void heal();
    void settle();  // everything is well and read: checks what must be so then
    void lone_critical();
    void end();  // everything is delivered, too: checks all

    const std::set<std::string> without_;
    std::mt19937_64 random_;
    WorkingFolder folder_;
    Config config_;
    std::deque<Server> servers_;
    Receivers receivers_;
    std::unique_ptr<Works> works_;
    Invariants invariants_;
    int64_t well_since_ = 0;  // disk and log
    bool was_settled_ = false;
    std::string history_;
    Digest digest_;
    Result result_;
};

}  // namespace redshank::sim
