// The disk below SQLite: a VFS that stands before the real one. It makes calls fail, ends at any write as a
// killed process does, and after a power cut has what was synced and any part of the rest.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace redshank::sim {

class Disk {
  public:
    // The one disk. It becomes SQLite's default when it is first asked for.
    static Disk& instance();

    void reset(uint64_t seed);

    // One in so many calls fails (0: none). Errors of reading are less usual, and another kind of trouble.
    void fail(unsigned one_in_writes, unsigned one_in_reads);
    bool is_in_trouble() const { return one_in_writes_ > 0 || one_in_reads_ > 0; }

    // After so many more calls that write, the process is dead: nothing reaches the disk any more.
    void die_in(uint64_t calls) { calls_left_ = calls; }
    void die() { is_dead_ = true; }
    bool is_dead() const { return is_dead_; }

    // Another process begins. Every database must be closed.
    void revive();
    // The same after a power cut.
    void revive_after_power_cut();

    // For the VFS.
    struct Change {
        int64_t offset = 0, size_before = 0;  // of the file
        bool is_truncation = false;
        std::string before, bytes;
    };
    bool writes();  // counts the call; false: it fails
    bool reads();
    void changed(const std::string& path, Change change) { changes_[path].push_back(std::move(change)); }
    void synced(const std::string& path) { changes_.erase(path); }
    uint64_t random() { return random_(); }

  private:
    void undo(const std::string& path, const std::vector<Change>& changes);

    std::mt19937_64 random_;
    unsigned one_in_writes_ = 0, one_in_reads_ = 0;
    uint64_t calls_left_ = UINT64_MAX;
    bool is_dead_ = false;
    std::map<std::string, std::vector<Change>> changes_;  // since the last sync, by path
};

}  // namespace redshank::sim
