#include "core/state/keyed_hash.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

#include "core/request/text_hash.h"

namespace redshank {
namespace {

constexpr HashKey kKey{0x0123456789abcdef, 0xfedcba9876543211};

std::string text_of(uint64_t first, uint64_t second) {
    std::string text(2 * sizeof first, '\0');
    std::memcpy(text.data(), &first, sizeof first);
    std::memcpy(text.data() + sizeof first, &second, sizeof second);
    return text;
}

TEST(KeyedHash, TextsThatMeetInAHashWithoutAKeyDoNotMeetHere) {
    std::set<uint64_t> without_key;
    std::set<uint32_t> with_key;
    for (uint64_t first = 0; first < 1000; ++first) {
        const uint64_t size = (kHashSeed ^ 16 ^ (kHashSeed >> 29)) * kHashPrime;
        const uint64_t half = (size ^ first ^ (size >> 29)) * kHashPrime;
        const std::string text = text_of(first, 42 ^ half ^ (half >> 29));
        without_key.insert(hash_more(kHashSeed, text));
        with_key.insert(keyed_hash(text, kKey));
    }
    EXPECT_EQ(without_key.size(), 1U);
    EXPECT_EQ(with_key.size(), 1000U);
}

TEST(KeyedHash, EachByteAndTheLengthCount) {
    std::set<uint32_t> hashes;
    for (size_t size = 0; size < 40; ++size) hashes.insert(keyed_hash(std::string(size, '\0'), kKey));
    for (size_t at = 0; at < 39; ++at) {
        std::string text(39, '\0');
        text[at] = 'x';
        hashes.insert(keyed_hash(text, kKey));
    }
    EXPECT_EQ(hashes.size(), 79U);
}

TEST(KeyedHash, AnotherKeyIsAnotherHash) {
    std::set<uint32_t> hashes{keyed_hash("system:admin", kKey)};
    for (int bit = 1; bit < 63; ++bit) {
        const uint64_t changed = uint64_t{1} << bit;
        hashes.insert(keyed_hash("system:admin", {kKey.start ^ changed, kKey.factor}));
        hashes.insert(keyed_hash("system:admin", {kKey.start, kKey.factor ^ changed}));
    }
    EXPECT_EQ(hashes.size(), 125U);
}

TEST(KeyedHash, AProcessKeepsItsKeyWhichLosesNoBit) {
    EXPECT_EQ(&hash_key(), &hash_key());
    EXPECT_EQ(hash_key().factor & 1, 1U);
    EXPECT_EQ(hash_key().factor >> 63, 1U);
    EXPECT_EQ(keyed_hash("a"), keyed_hash("a", hash_key()));
}

}  // namespace
}  // namespace redshank
