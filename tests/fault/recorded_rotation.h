// Replays a recorded set of rotated files (corpus/rotation-*): the same names, sizes, times and modes, and a
// new inode where the server created a file, in the server's order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace redshank::test {

// The content of the folder at one moment: a row of listing.jsonl.
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
    // `corpus` is the folder of the recording; the log is written into `folder`.
    RecordedRotation(const std::filesystem::path& corpus, std::filesystem::path folder);

    const std::vector<RecordedRow>& rows() const { return rows_; }
    std::filesystem::path log() const { return folder_ / "audit.log"; }

    // Replays the changes between the previous row and this one; `between` is called after each single
    // change.
    void play(const RecordedRow& row, const std::function<void()>& between);
    // Replays what was written between the last row and the end of the recording.
    void play_rest();

    // Differences between the folder and the row; "" when there are none.
    std::string compare(const RecordedRow& row);
    // Bytes of whole lines written so far in each generation: the first file that was audit.log, the second,
    // …
    std::vector<size_t> whole_bytes() const;
    // Whether the folder has a file of each generation, plain or compressed.
    std::vector<bool> readable() const;
    // The number of events in recorded generations that ended compressed.
    size_t packed_events() const;
    // A generation's text as far as it was recorded; filler lines for the part that retention had deleted.
    const std::string& text(size_t generation) const { return generations_[generation].text; }
    bool is_recorded(size_t generation) const { return generations_[generation].is_recorded; }

  private:
    struct Generation {
        std::string name;  // at the end: its backup's, without .gz, or audit.log
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
    size_t live_ = 0;                      // the generation that is audit.log
    uint64_t live_inode_ = 0;              // as recorded; 0: audit.log does not exist yet
    std::map<uint64_t, uint64_t> inodes_;  // recorded inode → inode of the replay
};

}  // namespace redshank::test
