// The API server and what people do to its log: it writes numbered requests, and knows which of them can
// still be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "tests/fault/log_writer.h"

namespace redshank::sim {

class Server {
  public:
    // Its requests are numbered from `before` + 1 on.
    Server(std::filesystem::path log, uint64_t seed, uint64_t before)
        : log_(log), writer_(std::move(log)), random_(seed), before_(before), last_(before) {}

    // Requests that one finding each tells of (world.h has the rules). Return what they did.
    std::string write(uint64_t count);
    std::string write_half();                 // the beginning of a line, to be ended by what is written next
    uint64_t write_critical();                // by somebody new, on something new; returns its number
    std::string write_noise(uint64_t count);  // critical, all by one
    std::string write_hostile();

    std::string rotate();
    // Several, each file beginning with the same 1500 bytes; perhaps all are packed before anybody reads
    // them.
    std::string rotate_alike();
    std::string compress();
    std::string copytruncate();
    std::string remove_oldest();  // as retention does
    // Writes more, rotates, and removes all but the new file, which is empty.
    std::string remove_unread();
    std::string remove_log();
    std::string restart();

    // The numbers of requests on whole lines of files that have a name.
    std::set<uint64_t> readable() const;
    std::string log() const { return log_.string(); }
    uint64_t before() const { return before_; }
    uint64_t last() const { return last_; }
    uint64_t written() const { return last_ - before_; }
    static std::string name_of(uint64_t number);

  private:
    std::string line(uint64_t number, const std::string& kind);
    void put(const std::string& text);
    void end_half();
    uint64_t any(uint64_t below) { return random_() % below; }
    bool is_at_its_name() const;
    bool may_compress(const std::filesystem::path& backup) const;

    const std::filesystem::path log_;
    test::LogWriter writer_;
    std::mt19937_64 random_;
    const uint64_t before_;
    uint64_t last_;
    std::string half_;  // what is missing of a line
    uint64_t inode_ = 0;
    int64_t written_at_ = 0;
};

}  // namespace redshank::sim
