// What stands alone in core/: hashes, places in files, words for a shell.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/place.h"
#include "core/sha256.h"
#include "core/shell.h"

namespace redshank {
namespace {

std::string hex(const Sha256& hash) {
    std::string out;
    for (const uint8_t byte : hash) out += fmt::format("{:02x}", byte);
    return out;
}

// FIPS 180-4, with texts of no block, of one, and of more.
TEST(Sha256Test, IsThatOfTheStandard) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hex(sha256("abc")), hex(sha256("abc"))) << "nothing is left of the one before";
}

TEST(PlaceTest, LeavesOutWhatIsNotKnown) {
    EXPECT_EQ((Place{"x.toml", 3, 7}).to_string(), "x.toml:3:7");
    EXPECT_EQ((Place{"x.toml", 1, 1}).to_string(), "x.toml:1:1");
    EXPECT_EQ((Place{"x.toml", 3, 0}).to_string(), "x.toml:3");
    EXPECT_EQ((Place{"x.toml", 0, 7}).to_string(), "x.toml");
    EXPECT_EQ((Place{"x.toml"}).to_string(), "x.toml");
}

TEST(ShellTest, EveryTextIsOneWord) {
    EXPECT_EQ(in_shell_quotes("a b"), "'a b'");
    EXPECT_EQ(in_shell_quotes("it's"), "'it'\\''s'");
    EXPECT_EQ(in_shell_quotes(""), "''");
}

}  // namespace
}  // namespace redshank
