// One log from its beginning to its end, for what reads whole logs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/sources/byte_stream.h"
#include "daemon/sources/line_splitter.h"
#include "daemon/sources/unique_fd.h"

namespace redshank {

// Opens a file, or standard input for "-". Without a descriptor `reason` says why.
UniqueFd open_log(const std::string& file, std::string& reason);

// How a log is read: the bytes of a read(), and whether what is packed is unpacked on a thread of its own.
struct LogPace {
    size_t at_once = kReadSize;
    bool is_ahead = false;
};

// Plain or packed by content. A last line without a newline counts.
class LogReader {
  public:
    // `fd` stands at the beginning of the file; it is needed no longer than this takes.
    LogReader(const UniqueFd& fd, size_t line_limit, LogPace pace = {});

    // Appends the next lines, if there are any; they live until the next call. False: these were the last.
    bool read(std::vector<Line>& lines);

    // generation_id(), known once a line was read.
    const std::string& generation() const { return generation_; }
    // Why what follows cannot be read; "" when the file ended as it should.
    const std::string& problem() const { return problem_; }
    uint64_t bytes() const { return lines_.end(); }  // read so far, decompressed
    // Appends what was passed over before the lines of the last read(), and between them.
    void take_skips(std::vector<SourceSkip>& skips) { lines_.take_skips(skips); }

  private:
    void note_begin(std::string_view bytes);

    const LogPace pace_;
    LineSplitter lines_;
    std::unique_ptr<ByteStream> stream_;
    std::string problem_, begin_, generation_;
};

}  // namespace redshank
