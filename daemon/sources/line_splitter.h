// Cuts a stream of bytes into lines.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/envelope/continuation.h"
#include "audit/long_line.h"
#include "daemon/sources/source.h"

namespace redshank {

inline constexpr size_t kDefaultLineLimit = size_t{16} << 20;

// Bytes go in with room() and add(), whole lines come out of split(). An incomplete line stays inside, at
// most `limit` bytes: a longer one is counted and not kept, and only what LongLine keeps of it is returned.
//
// A run of NUL bytes (the hole that a truncation leaves under a writer without O_APPEND, or a crash of the
// host) ends a line as a newline does, once a byte that is not NUL follows it: until then the file may still
// be filling up. NULs are counted and never stored.
//
// What belongs together (audit/envelope/continuation.h: the parts of a line that a container runtime has cut,
// a pretty-printed object) is handed out as one line with newlines in it, and until it is whole it is an
// incomplete line.
class LineSplitter {
  public:
    // `limit` is at least 64.
    explicit LineSplitter(size_t limit = kDefaultLineLimit) : limit_(limit) {}

    // Forgets what is held and begins at this offset of a stream. Counters stay.
    void reset(uint64_t offset);

    // Where to write the next `size` bytes. Invalidates all lines returned before.
    char* room(size_t size);
    void add(size_t size);         // so many bytes were put there
    void add_nuls(uint64_t size);  // NULs that the stream holds here, put nowhere; after split() only

    // Appends each line that is whole now, without its newline.
    void split(std::vector<Line>& lines);
    // The stream has ended for good: what is left is a line as well.
    void finish(std::vector<Line>& lines);
    // Appends what was counted since room(): what is before the lines that were returned, and between them.
    void take_skips(std::vector<SourceSkip>& skips);

    // The position after the last whole line, where reading resumes after a restart.
    uint64_t position() const { return position_; }
    // The last bytes before position(), at most 64, to know the place again.
    std::string_view before_position() const { return before_; }
    // The position after the last byte added.
    uint64_t end() const { return end_offset_; }
    // Bytes held that are no whole line.
    uint64_t pending() const { return end_offset_ - position_; }

    struct Counters {
        uint64_t nul_bytes = 0, oversize_lines = 0, oversize_bytes = 0;
    };
    const Counters& counters() const { return counters_; }

  private:
    bool end_line(size_t newline, std::vector<Line>& lines);
    void go_on_behind(size_t end);
    void emit(size_t end, std::vector<Line>& lines);
    uint64_t emit_shortened(std::string_view rest, std::vector<Line>& lines);
    void end_of_nuls(std::vector<Line>& lines);
    void pass_over_nuls(uint64_t end, uint64_t size);
    uint64_t offset_at(size_t index) const { return end_offset_ - (end_ - index); }

    const size_t limit_;
    std::unique_ptr<char[]> buffer_;
    size_t capacity_ = 0;  // of buffer_
    size_t ample_ = 0;     // calls of room() in a row that needed far less
    // Indices into buffer_: the line being collected is [line_, end_), of which [scanned_, end_) is still to
    // be scanned. In a run of NULs the line ends at text_end_, and the rest are NULs.
    size_t line_ = 0, scanned_ = 0, end_ = 0, text_end_ = 0;
    // Of a line that is several of the file: where the last one begins, and whether that is let go.
    size_t piece_ = 0;
    bool is_piece_cut_ = false;
    audit::Continuation continuation_;
    uint64_t line_offset_ = 0, end_offset_ = 0, position_ = 0;
    uint64_t dropped_ = 0;               // bytes of this line that were let go because it is too long …
    audit::LongLine long_;               // … and what they said
    std::deque<std::string> shortened_;  // lines returned since room() that are not in buffer_
    std::vector<SourceSkip> skips_;      // since room()
    uint64_t nul_run_ = 0;
    uint64_t leading_nuls_ = 0;  // before the line being collected; counted with it, once position() is past
    bool in_nuls_ = false, may_hold_nul_ = false;
    std::string before_;
    Counters counters_;
};

}  // namespace redshank
