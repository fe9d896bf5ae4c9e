#include "daemon/sources/byte_stream.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "daemon/sources/ahead_stream.h"
#include "daemon/sources/packed_stream.h"

namespace redshank {

namespace {

constexpr size_t kMagic = 10;  // bytes that tell how a file is packed

Packing packing_of(std::string_view head) {
    if (head.starts_with("\x1f\x8b")) return Packing::Gzip;
    if (head.starts_with("\x28\xb5\x2f\xfd")) return Packing::Zstd;
    if (head.starts_with(std::string_view("\xfd\x37zXZ\0", 6))) return Packing::Xz;
    // "BZh", the size of a block, and the first block's mark.
    const bool is_bzip2 =
        head.size() == kMagic && head.starts_with("BZh") && head[3] >= '1' && head[3] <= '9';
    if (is_bzip2 && head.ends_with("1AY&SY")) return Packing::Bzip2;
    return Packing::Plain;
}

class PlainStream : public ByteStream {
  public:
    explicit PlainStream(StreamInput input) : input_(std::move(input)) {}
    ptrdiff_t read(char* to, size_t size) override {
        const ptrdiff_t got = input_.read(to, size);
        if (got < 0) fail(input_.error());
        return got;
    }
    bool is_complete() const override { return true; }

  private:
    StreamInput input_;
};

}  // namespace

void ByteStream::fail(int system_error) {
    error_ = std::strerror(system_error);
    may_pass_ = true;
}

std::unique_ptr<ByteStream> open_stream(int fd, bool ahead) {
    std::string head(kMagic, '\0');
    size_t size = 0;
    int error = 0;
    UniqueFd owned(fd);
    while (size < head.size()) {
        const ptrdiff_t got = ::read(fd, head.data() + size, head.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) error = errno;  // which the first read gives
        if (got <= 0) break;
        size += static_cast<size_t>(got);
    }
    head.resize(size);
    const Packing packing = packing_of(head);
    StreamInput input(std::move(owned), std::move(head), error);
    if (packing == Packing::Plain) return std::make_unique<PlainStream>(std::move(input));
    std::unique_ptr<ByteStream> stream = unpack(packing, std::move(input));
    return ahead ? read_ahead(std::move(stream)) : std::move(stream);
}

std::optional<Packing> packing_of(int fd) {
    char head[kMagic];
    ptrdiff_t got;
    do got = ::pread(fd, head, sizeof head, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) return std::nullopt;
    return packing_of(std::string_view(head, static_cast<size_t>(got)));
}

}  // namespace redshank
