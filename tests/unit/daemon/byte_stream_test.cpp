#include "daemon/sources/byte_stream.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "tests/support/packed.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

struct Unpacked {
    std::string text, error;
    bool is_complete = false;
    bool operator==(const Unpacked&) const = default;
};

class ByteStreams : public testing::Test {
  protected:
    // A thread ahead gives the same.
    Unpacked unpack(const std::string& bytes, size_t piece) const {
        test::write_file(dir_.file("log"), bytes);
        Unpacked alone = read(piece, false);
        EXPECT_TRUE(read(piece, true) == alone);
        return alone;
    }
    Unpacked read(size_t piece, bool ahead) const {
        const auto stream = open_stream(::open(dir_.file("log").c_str(), O_RDONLY | O_CLOEXEC), ahead);
        Unpacked all;
        std::string room(piece, '\0');
        for (;;) {
            const ptrdiff_t got = stream->read(room.data(), room.size());
            if (got <= 0) break;
            all.text.append(room, 0, static_cast<size_t>(got));
        }
        all.error = stream->error();
        all.is_complete = stream->is_complete();
        EXPECT_FALSE(stream->may_pass());
        return all;
    }

    test::TempDir dir_;
};

std::string long_text() {
    std::string text;
    for (uint32_t i = 0; i < 20'000; ++i) text += std::to_string(i * 2654435761U) + '\n';
    return text;
}

using Packer = std::string (*)(const std::string&);
struct Compressor {
    const char* name;
    Packer pack;
};
const Compressor kCompressors[] = {
    {"gzip", test::gzip},
    {"zstd", test::zstd},
    {"bzip2", test::bzip2},
    {"xz", static_cast<Packer>(test::xz)},
};

TEST_F(ByteStreams, GiveWhatWasPackedInPiecesOfAnySize) {
    const std::string text = long_text();
    for (const Compressor& one : kCompressors) {
        for (const size_t piece : {size_t{1009}, kReadSize}) {
            const Unpacked all = unpack(one.pack(text), piece);
            EXPECT_TRUE(all.text == text) << one.name;
            EXPECT_TRUE(all.is_complete) << one.name;
            EXPECT_EQ(all.error, "") << one.name;
        }
    }
}

TEST_F(ByteStreams, OfManyPiecesAreReadAheadAndMayBeLeft) {
    std::string text;
    while (text.size() < (size_t{5} << 20)) text += long_text();
    test::write_file(dir_.file("log"), test::gzip(text));
    EXPECT_TRUE(read(kReadSize, true).text == text);
    const auto left = open_stream(::open(dir_.file("log").c_str(), O_RDONLY | O_CLOEXEC), true);
    std::string room(100, '\0');
    EXPECT_EQ(left->read(room.data(), room.size()), 100);
    EXPECT_EQ(room, text.substr(0, 100));
    EXPECT_FALSE(left->is_complete());
}

TEST_F(ByteStreams, OfSeveralStreamsInARowAreOne) {
    for (const Compressor& one : kCompressors) {
        const Unpacked all = unpack(one.pack("1\n") + one.pack("2\n") + one.pack("3\n"), kReadSize);
        EXPECT_EQ(all.text, "1\n2\n3\n") << one.name;
        EXPECT_TRUE(all.is_complete) << one.name;
    }
}

TEST_F(ByteStreams, MayEndInNulsOfABlock) {
    for (const Compressor& one : kCompressors) {
        const std::string padding(kReadSize, '\0');
        const Unpacked all = unpack(one.pack("1\n") + padding + one.pack("2\n") + padding, kReadSize);
        EXPECT_EQ(all.text, "1\n2\n") << one.name;
        EXPECT_TRUE(all.is_complete) << one.name;
    }
}

TEST_F(ByteStreams, ThatBreakOffAreIncompleteAndNoError) {
    const std::string text = long_text();
    for (const Compressor& one : kCompressors) {
        const std::string packed = one.pack(text);
        for (const size_t size : {packed.size() - 1, packed.size() / 2, size_t{14}}) {
            const Unpacked all = unpack(packed.substr(0, size), kReadSize);
            EXPECT_TRUE(text.starts_with(all.text)) << one.name << ' ' << size;
            EXPECT_FALSE(all.is_complete) << one.name << ' ' << size;
            EXPECT_EQ(all.error, "") << one.name << ' ' << size;
        }
    }
}

TEST_F(ByteStreams, ThatAreSpoiledSaySo) {
    const std::string text = long_text();
    for (const Compressor& one : kCompressors) {
        std::string packed = one.pack(text);
        for (size_t i = 0; i < 400; ++i) packed[packed.size() / 2 + i] = '\xff';
        const Unpacked all = unpack(packed, kReadSize);
        EXPECT_THAT(all.error, testing::StartsWith(std::string("damaged ") + one.name)) << one.name;
        EXPECT_FALSE(all.is_complete) << one.name;
    }
}

TEST_F(ByteStreams, OfXzThatNeedTooMuchMemoryAreNotRead) {
    EXPECT_EQ(unpack(test::xz("1\n", uint32_t{64} << 20), kReadSize).text, "1\n");
    EXPECT_EQ(unpack(test::xz("1\n", uint32_t{256} << 20), kReadSize).error,
              "damaged xz data: they need more than 128 MiB of memory");
}

TEST_F(ByteStreams, ThatOnlyBeginLikePackedOnesArePlain) {
    for (const char* text : {"BZh9 is no block\n", "BZh", "\xfd\x37z\n", "\x1f"}) {
        EXPECT_EQ(unpack(text, kReadSize).text, text);
    }
}

}  // namespace
}  // namespace redshank
