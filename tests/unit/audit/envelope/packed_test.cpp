#include "audit/envelope/packed.h"

#include <gtest/gtest.h>

#include "audit/envelope/items.h"

namespace redshank::audit {
namespace {

TEST(Packed, Base64WithAndWithoutGzip) {
    EXPECT_EQ(unpacked("eyJhIjoxfQ=="), "{\"a\":1}");
    EXPECT_EQ(unpacked("eyJhIjoxfQ"), "{\"a\":1}");
    EXPECT_EQ(unpacked(""), "");
    // printf '{"a":1}' | gzip -n | base64, and two of them in a row
    const std::string gzip = "H4sIAAAAAAAAA6tWSlSyMqwFAK+sG1YHAAAA";
    EXPECT_EQ(unpacked(gzip), "{\"a\":1}");
    EXPECT_EQ(unpacked(gzip + gzip), "{\"a\":1}{\"a\":1}");
}

TEST(Items, AreTakenAsFarAsTheyAreWhole) {
    const auto count = [](std::string_view list) { return whole_items(list).size(); };
    EXPECT_EQ(count(R"([{"a":[1,"]"]},{},[1]])"), 3u);
    EXPECT_EQ(count(R"([1,"x",null, {} ])"), 1u);
    EXPECT_EQ(count(R"([{},{"a":)"), 1u);
    for (const char* broken : {"", "[", "[}", "[:", "[,", "[{}}", "[\"", "[\\", "[{}]x", "{}"})
        EXPECT_LE(count(broken), 1u);
    EXPECT_EQ(items_of_event_list(R"({"kind":"EventList","items":[])"), 28u);
    EXPECT_EQ(items_of_event_list(R"({"items":[],"kind":"EventList"})"), 9u);
    EXPECT_EQ(items_of_event_list(R"({"kind":"List","items":[])"), std::string_view::npos);
    EXPECT_EQ(items_of_event_list("{}"), std::string_view::npos);
    EXPECT_EQ(json_end(R"({"a":"}"}})"), 9u);
    EXPECT_EQ(json_end("[}"), 2u);  // a count of brackets, no check
}

TEST(Packed, DamageIsNothing) {
    EXPECT_FALSE(unpacked("eyJhIjoxf"));
    EXPECT_FALSE(unpacked("no base64"));
    EXPECT_FALSE(unpacked("H4sIAAAAAAAAA6tW"));
    EXPECT_FALSE(unpacked("H4sIAAAAAAAAA6tWSlSyMqwFAK+sG1YIAAAA"));  // another size
}

}  // namespace
}  // namespace redshank::audit
