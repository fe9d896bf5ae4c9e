#pragma once

#include <memory>
#include <string>

#include "daemon/sources/byte_stream.h"
#include "daemon/sources/file_identity.h"
#include "daemon/sources/line_splitter.h"
#include "daemon/sources/unique_fd.h"

namespace redshank {

// One file of a log that is being read: the live one, or a backup, plain or packed (by content). It stays
// open when the file is renamed or deleted. Reads go forward; each read of a plain file checks that the bytes
// before it are unchanged.
class Generation {
  public:
    // nullptr: errno says why it cannot be read (EISDIR when it is no regular file).
    static std::unique_ptr<Generation> open(const std::string& path);

    // The same of a file that is open already: `path` is what it was called.
    static std::unique_ptr<Generation> of(const std::string& path, UniqueFd fd);

    const std::string& path() const { return path_; }
    int fd() const { return fd_.get(); }
    bool is_packed() const { return packing_ != Packing::Plain; }
    // The present facts, or the last that could be had.
    FileFacts facts() const;
    // Those of the last look, which asks nobody. Of an open file device, inode and birth stay as they are.
    const FileFacts& last_facts() const { return facts_; }

    enum class Found : uint8_t {
        Yes,
        No,
        Hidden,  // by an error of the system, which may pass: error() says which
    };
    // Goes to the place if this file contains it, by content: it begins alike, and the same bytes precede the
    // offset. If not, begins at 0. A place at offset 0 is recognised by inode only.
    Found resume(const FilePlace& place, LineSplitter& lines);
    // It begins as the place's file began; nothing is said of the rest.
    bool begins_like(const FilePlace& place) const;
    // Its first line is that of the place's file; what comes behind it may have been changed.
    bool is_generation_of(const FilePlace& place) const;
    void rewind(LineSplitter& lines);
    // Goes to the place's offset, whatever is there now, or to the end, and then to the next line.
    void resync(uint64_t offset, LineSplitter& lines);
    // Goes past the last newline of the file.
    void go_to_end(LineSplitter& lines);

    enum class Progress : uint8_t {
        Data,
        End,         // for now
        Incomplete,  // a compressed file breaks off: it may still be being written
        Changed,     // what stood before is not there any more
        Unreadable,  // the system gave an error, which may pass: error() says which
        Damaged,     // error() says how
    };
    // Reads one piece into `lines`, which must be the splitter given to resume() or rewind(), and split
    // since.
    Progress read(LineSplitter& lines);
    const std::string& error() const { return error_; }

    // The splitter's position in this file; its owner and mode are those of last_facts().
    FilePlace place(const LineSplitter& lines);
    // The place after a line of the last piece read, which a newline ends.
    FilePlace place_after(const Line& line) const;
    // The last result of place(), which was valid before the file changed.
    const FilePlace& last_place() const { return place_; }
    // Its number in the ledger, part of each place from now on. A rewind takes it away.
    void set_number(uint64_t number) { place_.generation = number; }
    // Looks at the beginning of the file again, which changes what begins_like() and the marks speak of.
    // False when it cannot be read: error() says why, and all stays as it was.
    bool load_head();
    // "size:fingerprint" of the head, to know a copy of it again; "" when it holds not one whole line: all
    // events begin alike.
    std::string head_mark() const;
    bool has_head_mark(const std::string& mark) const;
    // generation_id() of what has been read.
    const std::string& id() const;
    // Of a gzip file the size in its trailer; other packed files count as they are.
    uint64_t size_before_packing() const;

  private:
    Generation(std::string path, UniqueFd fd, Packing packing, const FileFacts& facts);
    bool fail(int error);
    bool read_plain_head(std::string& head, uint64_t& head_at);
    bool read_packed_head(std::string& head, uint64_t& head_at);
    Found go_to(const FilePlace& place, LineSplitter& lines);
    void restart_stream();
    bool skip_packed(uint64_t offset, std::string& before);
    Progress read_packed(LineSplitter& lines);
    void set_head(FilePlace& place) const;
    void extend_head(uint64_t offset, std::string_view bytes);
    Progress read_plain(LineSplitter& lines);
    void skip_hole(LineSplitter& lines);

    const std::string path_;
    const UniqueFd fd_;
    const Packing packing_;
    mutable FileFacts facts_;
    std::unique_ptr<ByteStream> stream_;  // packed files only
    bool is_interrupted_ = false;         // the stream is of no more use: reading goes on at `place_`
    std::string error_;                   // of the last read that failed
    std::string head_;                    // first bytes that are not NUL: see FilePlace::kHead
    mutable std::string print_;           // of the first bytes of the head …
    mutable uint64_t print_size_ = 0;     // … so many
    mutable std::string id_;              // once known
    uint64_t head_at_ = 0;                // the offset of the head
    std::string tail_;                    // the last bytes read, to read them again (plain files)
    FilePlace place_;                     // last answer of place()
};

}  // namespace redshank
