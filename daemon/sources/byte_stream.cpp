#include "daemon/sources/byte_stream.h"

#include <fcntl.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "daemon/sources/unique_fd.h"

namespace redshank {

namespace {

constexpr size_t kPacked = size_t{64} << 10;  // compressed bytes read at once

Packing packing_of(std::string_view head) {
    if (head.starts_with("\x1f\x8b")) return Packing::Gzip;
    if (head.starts_with("\x28\xb5\x2f\xfd")) return Packing::Zstd;
    return Packing::Plain;
}

// A descriptor of which the first bytes have been read already, or the error that this gave.
class Input {
  public:
    Input(UniqueFd fd, std::string head, int error)
        : fd_(std::move(fd)), head_(std::move(head)), error_(error) {}

    // -1: error() says why.
    ptrdiff_t read(char* to, size_t size) {
        if (error_ != 0) return -1;
        if (given_ < head_.size()) {
            const size_t part = std::min(size, head_.size() - given_);
            std::memcpy(to, head_.data() + given_, part);
            given_ += part;
            return static_cast<ptrdiff_t>(part);
        }
        ptrdiff_t got;
        do got = ::read(fd_.get(), to, size);
        while (got < 0 && errno == EINTR);
        if (got < 0) error_ = errno;
        return got;
    }
    int error() const { return error_; }

  private:
    UniqueFd fd_;
    std::string head_;
    int error_;
    size_t given_ = 0;
};

class PlainStream : public ByteStream {
  public:
    explicit PlainStream(Input input) : input_(std::move(input)) {}
    ptrdiff_t read(char* to, size_t size) override {
        const ptrdiff_t got = input_.read(to, size);
        if (got < 0) fail(input_.error());
        return got;
    }
    bool is_complete() const override { return true; }

  private:
    Input input_;
};

class GzipStream : public ByteStream {
  public:
    explicit GzipStream(Input input) : input_(std::move(input)), packed_(kPacked) {
        inflateInit2(&zlib_, 15 + 16);  // the largest window, gzip header and trailer
    }
    ~GzipStream() override { inflateEnd(&zlib_); }
    GzipStream(const GzipStream&) = delete;
    GzipStream& operator=(const GzipStream&) = delete;

    ptrdiff_t read(char* to, size_t size) override {
        zlib_.next_out = reinterpret_cast<Bytef*>(to);
        zlib_.avail_out = static_cast<uInt>(size);
        while (zlib_.avail_out == size) {
            if (zlib_.avail_in == 0) {
                const ptrdiff_t got = input_.read(packed_.data(), packed_.size());
                if (got < 0) fail(input_.error());
                if (got <= 0) return got;
                zlib_.next_in = reinterpret_cast<Bytef*>(packed_.data());
                zlib_.avail_in = static_cast<uInt>(got);
            }
            if (is_complete_) {
                if (*zlib_.next_in != 0x1f) return 0;  // padding after the last member
                inflateReset(&zlib_);
                is_complete_ = false;
            }
            const int result = inflate(&zlib_, Z_NO_FLUSH);
            if (result == Z_STREAM_END) {
                is_complete_ = true;
            } else if (result != Z_OK && result != Z_BUF_ERROR) {
                error_ = std::string("damaged gzip data: ") + (zlib_.msg ? zlib_.msg : "unknown error");
                return -1;
            }
        }
        return static_cast<ptrdiff_t>(size - zlib_.avail_out);
    }

    bool is_complete() const override { return is_complete_; }

  private:
    Input input_;
    std::vector<char> packed_;
    z_stream zlib_{};
    bool is_complete_ = false;
};

class ZstdStream : public ByteStream {
  public:
    explicit ZstdStream(Input input)
        : input_(std::move(input)), packed_(kPacked), zstd_(ZSTD_createDStream(), ZSTD_freeDStream) {}

    ptrdiff_t read(char* to, size_t size) override {
        ZSTD_outBuffer out{to, size, 0};
        while (out.pos == 0) {
            if (in_.pos == in_.size && !more_inside_) {
                const ptrdiff_t got = input_.read(packed_.data(), packed_.size());
                if (got < 0) fail(input_.error());
                if (got <= 0) return got;
                in_ = {packed_.data(), static_cast<size_t>(got), 0};
            }
            const size_t result = ZSTD_decompressStream(zstd_.get(), &out, &in_);
            if (ZSTD_isError(result)) {
                error_ = std::string("damaged zstd data: ") + ZSTD_getErrorName(result);
                return -1;
            }
            is_complete_ = result == 0;
            more_inside_ = out.pos == out.size;  // the output was full: the decoder may hold more
        }
        return static_cast<ptrdiff_t>(out.pos);
    }

    bool is_complete() const override { return is_complete_; }

  private:
    Input input_;
    std::vector<char> packed_;
    std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> zstd_;
    ZSTD_inBuffer in_{nullptr, 0, 0};
    bool is_complete_ = false, more_inside_ = false;
};

}  // namespace

void ByteStream::fail(int system_error) {
    error_ = std::strerror(system_error);
    may_pass_ = true;
}

std::unique_ptr<ByteStream> open_stream(int fd) {
    std::string head(4, '\0');
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
    Input input(std::move(owned), std::move(head), error);
    switch (packing) {
        case Packing::Gzip:
            return std::make_unique<GzipStream>(std::move(input));
        case Packing::Zstd:
            return std::make_unique<ZstdStream>(std::move(input));
        case Packing::Plain:
            break;
    }
    return std::make_unique<PlainStream>(std::move(input));
}

std::optional<Packing> packing_of(int fd) {
    char head[4];
    ptrdiff_t got;
    do got = ::pread(fd, head, sizeof head, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) return std::nullopt;
    return packing_of(std::string_view(head, static_cast<size_t>(got)));
}

}  // namespace redshank
