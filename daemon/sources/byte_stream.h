// Bytes of a file as they were before somebody compressed it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace redshank {

// The size of a read: large enough that system calls cost nothing, small enough for the second-level cache.
inline constexpr size_t kReadSize = size_t{256} << 10;

// Reads forward only.
class ByteStream {
  public:
    virtual ~ByteStream() = default;
    // 1 to `size` bytes; 0 at the end, or at what is the end for now; -1 when the file is damaged or cannot
    // be read: error() says how. After -1 the stream is of no more use.
    virtual ptrdiff_t read(char* to, size_t size) = 0;
    // A compressed stream has come to a proper end, trailer and checksum included. Always true of plain
    // files.
    virtual bool is_complete() const = 0;
    const std::string& error() const { return error_; }
    // The error was the system's, and may pass: the file itself may be sound.
    bool may_pass() const { return may_pass_; }

  protected:
    void fail(int system_error);

    std::string error_;
    bool may_pass_ = false;
};

enum class Packing : uint8_t { Plain, Gzip, Zstd, Bzip2, Xz };

// What compressors add to a file's name.
inline constexpr std::string_view kPackedEndings[] = {".gz", ".zst", ".bz2", ".xz"};

// Takes over the descriptor, which must be at the beginning of the file (or be a pipe), and looks at the
// first bytes to see how it is packed: the name says nothing. Several streams of one packing in a row are
// one. `ahead`: what is packed is unpacked on a thread of its own (see read_ahead()).
std::unique_ptr<ByteStream> open_stream(int fd, bool ahead = false);

// Decided by the first bytes of a file that can be read with pread(). nullopt: errno says why they cannot be
// read.
std::optional<Packing> packing_of(int fd);

}  // namespace redshank
