#include "daemon/sources/packed_stream.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <utility>
#include <vector>

namespace redshank {

namespace {

constexpr size_t kPacked = size_t{64} << 10;  // compressed bytes read at once
constexpr uint64_t kMostXzMemory = uint64_t{128} << 20;

// A decoder and the bytes that it was not given yet.
class PackedStream : public ByteStream {
  public:
    explicit PackedStream(StreamInput input) : input_(std::move(input)), packed_(kPacked) {}

    ptrdiff_t read(char* to, size_t size) override {
        Piece piece{.out = to, .room = size};
        while (piece.room == size) {
            if (rest_ == 0 && !holds_output_) {
                const ptrdiff_t got = input_.read(packed_.data(), packed_.size());
                if (got < 0) fail(input_.error());
                if (got <= 0) return got;
                next_ = packed_.data();
                rest_ = static_cast<size_t>(got);
            }
            if (is_complete_ && !holds_output_) {
                for (; rest_ > 0 && *next_ == '\0'; ++next_) --rest_;  // padding
                if (rest_ == 0) continue;
                if (!begins_again(*next_)) return 0;  // something else after the last stream
                is_complete_ = false;
            }
            piece.in = next_;
            piece.rest = rest_;
            const Step step = decode(piece);
            next_ = piece.in;
            rest_ = piece.rest;
            if (step == Step::Damaged) return -1;
            is_complete_ = step == Step::Complete;
            holds_output_ = !is_complete_ && piece.room == 0;
        }
        return static_cast<ptrdiff_t>(size - piece.room);
    }

    bool is_complete() const override { return is_complete_; }

  protected:
    struct Piece {
        const char* in = nullptr;
        size_t rest = 0;  // bytes from `in` on
        char* out;
        size_t room;
    };
    enum class Step : uint8_t {
        More,      // wants more input, or more room
        Complete,  // this was the end of a stream
        Damaged,   // error_ says how
    };
    // Moves what it took and wrote.
    virtual Step decode(Piece& piece) = 0;
    // Another stream comes, if this byte may begin one.
    virtual bool begins_again(char first) = 0;

    Step damaged(const char* what, const char* how) {
        error_ = std::string("damaged ") + what + " data" + (how ? std::string(": ") + how : "");
        return Step::Damaged;
    }

  private:
    StreamInput input_;
    std::vector<char> packed_;
    const char* next_ = nullptr;
    size_t rest_ = 0;
    bool is_complete_ = false;
    bool holds_output_ = false;  // there was no room for all that the decoder has
};

// What zlib, libbz2 and liblzma agree on.
template <typename Byte, typename Stream, typename Piece>
void give(Stream& stream, const Piece& piece) {
    stream.next_in = reinterpret_cast<Byte*>(const_cast<char*>(piece.in));
    stream.avail_in = static_cast<decltype(stream.avail_in)>(piece.rest);
    stream.next_out = reinterpret_cast<Byte*>(piece.out);
    stream.avail_out = static_cast<decltype(stream.avail_out)>(piece.room);
}

template <typename Stream, typename Piece>
void take_back(const Stream& stream, Piece& piece) {
    piece.in += piece.rest - stream.avail_in;
    piece.rest = stream.avail_in;
    piece.out += piece.room - stream.avail_out;
    piece.room = stream.avail_out;
}

class GzipStream : public PackedStream {
  public:
    explicit GzipStream(StreamInput input) : PackedStream(std::move(input)) {
        inflateInit2(&zlib_, 15 + 16);  // the largest window, gzip header and trailer
    }
    ~GzipStream() override { inflateEnd(&zlib_); }
    GzipStream(const GzipStream&) = delete;
    GzipStream& operator=(const GzipStream&) = delete;

  protected:
    Step decode(Piece& piece) override {
        give<Bytef>(zlib_, piece);
        const int result = inflate(&zlib_, Z_NO_FLUSH);
        take_back(zlib_, piece);
        if (result == Z_STREAM_END) return Step::Complete;
        return result == Z_OK || result == Z_BUF_ERROR ? Step::More : damaged("gzip", zlib_.msg);
    }
    bool begins_again(char first) override { return first == '\x1f' && inflateReset(&zlib_) == Z_OK; }

  private:
    z_stream zlib_{};
};

class ZstdStream : public PackedStream {
  public:
    explicit ZstdStream(StreamInput input)
        : PackedStream(std::move(input)), zstd_(ZSTD_createDStream(), ZSTD_freeDStream) {}

  protected:
    Step decode(Piece& piece) override {
        ZSTD_inBuffer in{piece.in, piece.rest, 0};
        ZSTD_outBuffer out{piece.out, piece.room, 0};
        const size_t result = ZSTD_decompressStream(zstd_.get(), &out, &in);
        if (ZSTD_isError(result)) return damaged("zstd", ZSTD_getErrorName(result));
        piece.in += in.pos;
        piece.rest -= in.pos;
        piece.out += out.pos;
        piece.room -= out.pos;
        return result == 0 ? Step::Complete : Step::More;
    }
    bool begins_again(char) override { return true; }

  private:
    std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> zstd_;
};

class Bzip2Stream : public PackedStream {
  public:
    explicit Bzip2Stream(StreamInput input) : PackedStream(std::move(input)) {
        BZ2_bzDecompressInit(&bzip2_, 0, 0);
    }
    ~Bzip2Stream() override { BZ2_bzDecompressEnd(&bzip2_); }
    Bzip2Stream(const Bzip2Stream&) = delete;
    Bzip2Stream& operator=(const Bzip2Stream&) = delete;

  protected:
    Step decode(Piece& piece) override {
        give<char>(bzip2_, piece);
        const int result = BZ2_bzDecompress(&bzip2_);
        take_back(bzip2_, piece);
        if (result == BZ_STREAM_END) return Step::Complete;
        return result == BZ_OK ? Step::More : damaged("bzip2", nullptr);
    }
    bool begins_again(char first) override {
        if (first != 'B') return false;
        BZ2_bzDecompressEnd(&bzip2_);
        bzip2_ = {};
        return BZ2_bzDecompressInit(&bzip2_, 0, 0) == BZ_OK;
    }

  private:
    bz_stream bzip2_{};
};

class XzStream : public PackedStream {
  public:
    explicit XzStream(StreamInput input) : PackedStream(std::move(input)) { init(); }
    ~XzStream() override { lzma_end(&lzma_); }
    XzStream(const XzStream&) = delete;
    XzStream& operator=(const XzStream&) = delete;

  protected:
    Step decode(Piece& piece) override {
        give<uint8_t>(lzma_, piece);
        const lzma_ret result = lzma_code(&lzma_, LZMA_RUN);
        take_back(lzma_, piece);
        if (result == LZMA_STREAM_END) return Step::Complete;
        if (result == LZMA_OK || result == LZMA_BUF_ERROR) return Step::More;
        return damaged("xz",
                       result == LZMA_MEMLIMIT_ERROR ? "they need more than 128 MiB of memory" : nullptr);
    }
    bool begins_again(char first) override { return first == '\xfd' && init(); }

  private:
    bool init() { return lzma_stream_decoder(&lzma_, kMostXzMemory, 0) == LZMA_OK; }

    lzma_stream lzma_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<ByteStream> unpack(Packing packing, StreamInput input) {
    switch (packing) {
        case Packing::Zstd:
            return std::make_unique<ZstdStream>(std::move(input));
        case Packing::Bzip2:
            return std::make_unique<Bzip2Stream>(std::move(input));
        case Packing::Xz:
            return std::make_unique<XzStream>(std::move(input));
        case Packing::Gzip:
        case Packing::Plain:
            break;
    }
    return std::make_unique<GzipStream>(std::move(input));
}

}  // namespace redshank
