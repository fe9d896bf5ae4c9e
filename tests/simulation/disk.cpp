#include "tests/simulation/disk.h"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/simulation/disk_vfs.h"

namespace redshank::sim {

namespace fs = std::filesystem;

namespace {

void apply(std::string& bytes, const Disk::Change& change) {
    const auto offset = static_cast<size_t>(change.offset);
    if (change.is_truncation) return bytes.resize(offset);
    bytes.resize(std::max(bytes.size(), offset + change.bytes.size()));
    bytes.replace(offset, change.bytes.size(), change.bytes);
}

void take_back(std::string& bytes, const Disk::Change& change) {
    if (!change.before.empty()) {
        bytes.resize(static_cast<size_t>(change.size_before));
        bytes.replace(static_cast<size_t>(change.offset), change.before.size(), change.before);
    }
    bytes.resize(static_cast<size_t>(change.size_before));
}

}  // namespace

Disk& Disk::instance() {
    static Disk disk;
    static const bool is_registered = (register_vfs(), true);
    (void)is_registered;
    return disk;
}

void Disk::reset(uint64_t seed) {
    random_.seed(seed);
    sqlite3_randomness(0, nullptr);  // it is seeded once for a process
    fail(0, 0);
    changes_.clear();
    calls_left_ = UINT64_MAX;
    is_dead_ = false;
}

void Disk::fail(unsigned one_in_writes, unsigned one_in_reads) {
    one_in_writes_ = one_in_writes;
    one_in_reads_ = one_in_reads;
}

bool Disk::writes() {
    if (!is_dead_ && calls_left_ != UINT64_MAX && calls_left_-- == 0) is_dead_ = true;
    return !is_dead_ && (one_in_writes_ == 0 || random_() % one_in_writes_ != 0);
}

bool Disk::reads() {
    return one_in_reads_ == 0 || random_() % one_in_reads_ != 0;
}

void Disk::revive() {
    is_dead_ = false;
    calls_left_ = UINT64_MAX;
}

void Disk::revive_after_power_cut() {
    for (const auto& [path, changes] : changes_) {
        undo(path, changes);
        std::error_code error;
        fs::remove(path.substr(0, path.rfind("-wal")) + "-shm", error);  // it was memory
    }
    changes_.clear();
    revive();
}

// Of what was not synced all is lost, or all after some write, or any of it.
void Disk::undo(const std::string& path, const std::vector<Change>& changes) {
    if (!fs::exists(path)) return;
    std::string bytes;
    {
        std::ifstream in(path, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) take_back(bytes, *change);
    const uint64_t manner = random_() % 3;
    const uint64_t kept = manner == 0 ? 0 : random_() % (changes.size() + 1);
    for (size_t i = 0; i < changes.size(); ++i) {
        if (manner == 1 ? i < kept : manner == 2 && random_() % 2 == 0) apply(bytes, changes[i]);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace redshank::sim
