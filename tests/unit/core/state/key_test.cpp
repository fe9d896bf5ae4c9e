#include "core/state/key.h"

#include <gtest/gtest.h>

namespace redshank {
namespace {

TEST(Key, JoinsPartsWithAMark) {
    EXPECT_EQ(row_key({"shop", "web"}), "shop\x1fweb");
    EXPECT_EQ(row_key({"a", "b", "c"}, '/'), "a/b/c");
    EXPECT_EQ(row_key({"a"}), "a");
}

// An empty part keeps its place: it tells "shop" and "" from "" and "shop".
TEST(Key, KeepsEmptyParts) {
    EXPECT_EQ(row_key({"", "shop"}), "\x1fshop");
    EXPECT_EQ(row_key({"shop", ""}), "shop\x1f");
    EXPECT_EQ(row_key({"", "", ""}), "\x1f\x1f");
    EXPECT_EQ(row_key({""}), "");
}

TEST(Key, IsWrittenOverTheLastOne) {
    std::string key = "a longer key than the next one";
    const size_t memory = key.capacity();
    write_key(key, {"n", "x"});
    EXPECT_EQ(key, "n\x1fx");
    EXPECT_EQ(key.capacity(), memory);
}

}  // namespace
}  // namespace redshank
