// A recorded set of rotated files (corpus/rotation-*), done again: the same names, sizes, times and modes, a
// new inode where the server made a new file, in the order in which the server did it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace redshank::test {

// What the folder held at one moment: a row of listing.jsonl.
struct RecordedRow {
    struct File {
        uint64_t inode = 0, size = 0;
        uint32_t mode = 0;
    };
    double time = 0;
    std::map<std::string, File> files;  // by name
};

class RecordedRotation {
  public:
    // `corpus` is the folder of the recording, the log is written into `folder`.
    RecordedRotation(const std::filesystem::path& corpus, std::filesystem::path folder);

    const std::vector<RecordedRow>& rows() const { return rows_; }
    std::filesystem::path log() const { return folder_ / "audit.log"; }

    // Does what happened between the row before and this one; `between` is called after each single change.
    void play(const RecordedRow& row, const std::function<void()>& between);
    // What was written between the last row and the end of the recording.
    void play_rest();

    // What is wrong in the folder, compared with the row; "" when nothing is.
    std::string compare(const RecordedRow& row);
    // Bytes of whole lines written so far, by generation: the first file that was audit.log, the second, …
    std::vector<size_t> whole_bytes() const;
    // Generations of which the folder holds a file, plain or compressed.
    std::vector<bool> readable() const;
    // Events of the recorded generations that ended compressed.
    size_t packed_events() const;
    // The text of a generation as far as it was recorded; lines of ours where retention had taken it away.
    const std::string& text(size_t generation) const { return generations_[generation].text; }
    bool is_recorded(size_t generation) const { return generations_[generation].is_recorded; }

  private:
    struct Generation {
        std::string name;  // in the end: its backup, without .gz, or audit.log
        std::string text, packed;
        bool is_recorded = false;
        size_t written = 0;
    };

    void load_rows(const std::filesystem::path& listing);
    void load_files(const std::filesystem::path& archive);
    void rotate(const std::function<void()>& between);
    void grow(size_t size);

    const std::filesystem::path folder_;
    std::vector<RecordedRow> rows_;
    std::vector<Generation> generations_;
    size_t live_ = 0;                      // generation
    uint64_t live_inode_ = 0;              // recorded; 0: there is no audit.log yet
    std::map<uint64_t, uint64_t> inodes_;  // recorded → ours
};

}  // namespace redshank::test
