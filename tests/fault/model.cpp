#include "tests/fault/model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "tests/fault/follower.h"
#include "tests/fault/full_disk.h"
#include "tests/fault/log_writer.h"
#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"

namespace redshank::test {

namespace fs = std::filesystem;

namespace {

constexpr size_t kLimit = 2000;  // bytes in a line
// In one of so many sequences, positions are committed to a real database.
constexpr uint64_t kWithDatabase = 8;

// Runs a server, logrotate, an intruder and redshank in turns. After each complete reading, every whole line
// that was readable must have been read exactly once, in the order of writing. Readable are the files beside
// the log, and files without a name that redshank had open.
class Model {
  public:
    explicit Model(uint64_t seed)
        : seed_(seed),
          random_(seed),
          follower_(config(seed), has_database(seed) ? dir_.file("state/redshank.db") : "") {
        note("seed " + std::to_string(seed));
        follower_.drain();
    }

    ModelResult run(int steps) {
        for (int i = 0; i < steps && failure_.empty(); ++i, ++result_.steps) step();
        disk_has_room();
        end_half();
        drain();
        check_told();
        result_.lines = follower_.lines().size();
        result_.failure = std::move(failure_);
        return result_;
    }

  private:
    FileSourceConfig config(uint64_t seed) const {
        return {.path = log().string(), .inotify = seed % 2 == 0, .line_limit = kLimit};
    }
    static bool has_database(uint64_t seed) { return seed % kWithDatabase == 0; }
    fs::path log() const { return dir_.path() / "audit.log"; }
    uint64_t any(uint64_t below) { return random_() % below; }
    void note(const std::string& what) { history_ += what + "\n"; }

    void step() {
        switch (any(27)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
            case 5:
                return append(1 + any(4));
            case 6:
                return append_half();
            case 7:
            case 8:
                return rotate();
            case 9:
                return compress();
            case 10:
                return copytruncate();
            case 11:
                return retention();
            case 12:
                return remove_live();
            case 13:
                return change_mode();
            case 14:
                return server_restarts();
            case 15:
                return external_rename();
            case 16:
            case 17:
            case 18:
                return die();
            case 19:
                note("step");
                follower_.step();
                return;
            case 20:
                return log_disk_full();
            case 21:
                return state_disk_full();
            case 22:
                return disk_has_room();
            default:
                return drain();
        }
    }

    // ---- The server

    void write(const std::string& bytes) {
        if (!writer_.is_open()) {
            const bool is_new = !fs::exists(log());
            writer_.open();
            if (is_new) {
                ++generation_;
                half_.clear();
                is_nameless_ = false;
            }
            live_ = inode_of(log());
        }
        writer_.write(bytes);
        std::string text = half_ + bytes;
        for (size_t end; (end = text.find('\n')) != text.npos; text.erase(0, end + 1)) {
            const std::string line = text.substr(0, end);
            if (!is_spoiled_ && line.size() <= kLimit) {
                numbers_.emplace(line, numbers_.size());
                if (is_nameless_) nameless_.insert(line);
            }
            is_spoiled_ = false;
        }
        half_ = text;
        is_torn_ = false;
    }

    void append(uint64_t count) {
        std::string text;
        for (uint64_t i = 0; i < count; ++i) text += next_line();
        note("append " + text);
        write(text);
    }

    std::string next_line() {
        const uint64_t size = any(40) == 0 ? 2500 : any(30) == 0 ? 1500 : any(150);
        // No two lines contain the same text at any place, as is true of events.
        std::string text = fmt::format("line-{}-", ++count_);
        for (const size_t end = text.size() + size; text.size() < end;) text += fmt::format("{}.", count_);
        return text + "\n";
    }

    void append_half() {
        const std::string line = next_line();
        const size_t cut = any(line.size());
        note("half " + line.substr(0, cut));
        write(line.substr(0, cut));
        if (any(3)) return;
        note("read and ended");
        follower_.drain();
        write(line.substr(cut));
    }

    void end_half() {
        if (!half_.empty() && !is_torn_) write(fmt::format("|{}\n", ++count_));
    }

    // Only a part of what the server writes reaches the disk, and the server does not notice. When there is
    // room again, the next event follows the half one without a newline; rotation leaves a half line at the
    // end of the backup.
    void log_disk_full() {
        std::string text;
        for (uint64_t i = 0; i < 1 + any(4); ++i) text += next_line();
        text.resize(any(text.size()));
        note("disk full after " + text);
        write(text);
        is_torn_ = !half_.empty();
        ++result_.full_disks;
    }

    void rotate() {
        end_half();  // the server never rotates inside a line
        if (!writer_.is_open()) write(next_line());
        if (!fs::exists(log())) return;
        if (inode_of(log()) != live_) return;  // the server writes to another file and has not noticed
        const fs::path backup = writer_.rotate();
        note("rotate to " + backup.filename().string());
        live_ = inode_of(log());
        ++generation_;
        half_.clear();  // an event for which the disk had no room is never finished
        is_torn_ = false;
    }

    void compress() {
        const std::vector<fs::path> all = plain_backups();
        if (all.empty()) return;
        const fs::path backup = all[any(all.size())];
        if (inode_of(backup) == live_) return;  // a file that is being written is never compressed
        if (any(4) == 0) {
            note("crash in compress " + backup.filename().string());
            return LogWriter::crash_in_compress(backup);
        }
        note("compress " + backup.filename().string());
        LogWriter::compress(backup);
    }

    void server_restarts() {
        end_half();
        note("server restarts");
        writer_.close();
        is_nameless_ = false;
    }

    // ---- Others

    void copytruncate() {
        if (!fs::exists(log()) || inode_of(log()) != live_ || !writer_.is_open()) return;
        note("copytruncate");
        // The half line is in the copy; its rest, if it is written, will be a line of its own.
        is_spoiled_ |= !half_.empty() && !is_torn_;
        writer_.copytruncate();
        is_peaceful_ = false;
        half_.clear();
        is_torn_ = false;
    }

    void external_rename() {
        if (!fs::exists(log()) || inode_of(log()) != live_) return;
        end_half();
        note("external rename");
        writer_.logrotate_rename();
        if (any(2)) {
            server_restarts();
            append(1);
        }
    }

    void retention() {
        std::vector<fs::path> all = writer_.backups();
        if (all.size() < 4) return;
        if (inode_of(all.front()) == live_) return;
        note("delete " + all.front().filename().string());
        is_peaceful_ = false;
        fs::remove(all.front());
        fs::remove(all.front().string() + ".gz");
    }

    void remove_live() {
        if (any(3) || !fs::exists(log()) || inode_of(log()) != live_) return;
        note("rm audit.log");
        is_peaceful_ = false;
        // A file that redshank follows is still read after its name is gone, until redshank stops following
        // it.
        is_nameless_ = read_generation_ == generation_;
        if (is_nameless_) collect(log(), nameless_);
        fs::remove(log());
        if (any(2) || !is_nameless_) server_restarts();
    }

    void change_mode() {
        if (!fs::exists(log())) return;
        is_peaceful_ = false;
        if (any(4) == 0 && ::geteuid() == 0) {
            note("chown");
            if (::chown(log().c_str(), static_cast<uid_t>(any(2) * 12345),
                        static_cast<gid_t>(any(2) * 12345)) != 0)
                fail("chown");
            return;
        }
        note("chmod");
        fs::permissions(log(), any(2) ? fs::perms(0600) : fs::perms(0640));
    }

    // ---- redshank

    // Commits fail, but everything is read.
    void state_disk_full() {
        if (full_ || !has_database(seed_)) return;
        note("state disk full");
        full_.emplace(any(20000));
        ++result_.full_disks;
    }

    void disk_has_room() {
        if (!full_) return;
        note("state disk has room");
        full_.reset();
        if (!follower_.commit()) fail("not committed although there is room");
    }

    void die() {
        disk_has_room_for_the_next_one();
        const int uncommitted = static_cast<int>(any(3));
        note("kill -9 after " + std::to_string(uncommitted));
        // Files that only the dead process had open are lost.
        nameless_.clear();
        read_generation_ = 0;
        follower_.die_after(uncommitted);
        ++result_.deaths;
        if (std::exchange(is_nameless_, false)) server_restarts();
    }

    // Nothing that waits is committed before the kill. The next process needs room, since opening a database
    // writes.
    void disk_has_room_for_the_next_one() {
        if (!full_) return;
        note("state disk has room, and");
        full_.reset();
    }

    void drain() {
        note("drain");
        follower_.drain();
        if (!fs::exists(log())) {  // after a restart it may come back for a minute
            follower_.pass(std::chrono::seconds{60});
            follower_.drain();
        }
        if (fs::exists(log())) read_generation_ = generation_;
        std::set<std::string> readable = nameless_;
        collect(log(), readable);
        for (const fs::path& backup : writer_.backups()) collect(backup, readable);
        check(readable);
    }

    // ---- The oracle

    void collect(const fs::path& file, std::set<std::string>& readable) const {
        if (!fs::exists(file)) return;
        std::string text(Log(file).text());
        std::replace(text.begin(), text.end(), '\0', '\n');
        for (size_t at = 0, end; (end = text.find('\n', at)) != text.npos; at = end + 1) {
            const std::string line = text.substr(at, end - at);
            if (numbers_.contains(line)) readable.insert(line);
        }
    }

    void check(const std::set<std::string>& readable) {
        std::set<std::string> came;
        size_t last = 0;
        for (const std::string& line : follower_.lines()) {
            const auto number = numbers_.find(line);
            if (number == numbers_.end()) continue;  // the rest of a line that copytruncate cut in two
            if (!came.insert(line).second) return fail("came twice: " + line);
            if (number->second < last) return fail("came too late: " + line);
            last = number->second;
        }
        for (const std::string& line : readable) {
            if (!came.contains(line)) return fail("never came: " + line);
        }
        if (is_peaceful_ && !follower_.notices().empty())
            return fail("reported without cause: " + follower_.notices().front());
    }

    // Each line's finding was committed exactly once, in the same transaction.
    void check_told() {
        if (!has_database(seed_) || !failure_.empty()) return;
        std::set<std::string> words(follower_.lines().begin(), follower_.lines().end());
        const std::set<std::string> notices(follower_.notices().begin(), follower_.notices().end());
        if (follower_.told() != words.size() + notices.size())
            fail(fmt::format("{} lines and {} kinds of notices, but {} told", words.size(), notices.size(),
                             follower_.told()));
    }

    void fail(const std::string& what) {
        std::string got;
        for (const std::string& line : follower_.lines()) got += "  " + line.substr(0, 40) + "\n";
        failure_ =
            fmt::format("{}\nhistory:\n{}position: {}\nnotices: {}\ngot:\n{}", what.substr(0, 100), history_,
                        follower_.position().value_or("none"), fmt::join(follower_.notices(), " "), got);
    }

    static uint64_t inode_of(const fs::path& file) {
        struct stat info {};
        return ::stat(file.c_str(), &info) == 0 ? info.st_ino : 0;
    }

    std::vector<fs::path> plain_backups() const {
        std::vector<fs::path> all = writer_.backups();
        std::erase_if(all, [](const fs::path& file) { return file.extension() == ".gz"; });
        return all;
    }

    TempDir dir_;
    const uint64_t seed_;
    std::mt19937_64 random_;
    LogWriter writer_{log()};
    Follower follower_;

    uint64_t live_ = 0;               // inode that the server writes to
    std::string half_;                // the half of the line that was written so far
    bool is_torn_ = false;            // the disk was full inside of it, so nobody will finish it
    bool is_spoiled_ = false;         // the line being written has lost its beginning
    bool is_peaceful_ = true;         // only the server has touched the log
    uint64_t generation_ = 0;         // the number of files that were the log
    uint64_t read_generation_ = 0;    // the one that redshank certainly has open; 0: none
    bool is_nameless_ = false;        // the server writes to a deleted file, …
    std::set<std::string> nameless_;  // … of which redshank must have read these lines
    uint64_t count_ = 0;
    std::map<std::string, size_t> numbers_;  // every whole line, in the order of writing
    std::optional<FullDisk> full_;           // for the state's disk
    std::string history_, failure_;
    ModelResult result_;
};

}  // namespace

ModelResult run_model(uint64_t seed, int steps) {
    return Model(seed).run(steps);
}

}  // namespace redshank::test
