#include "core/state/text_rows.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/rows_beside_map.h"

namespace redshank {
namespace {

using Rows = TextRows<std::string>;

TEST(TextRows, FindsWhatWasAdded) {
    Rows rows;
    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(rows.find("a"), nullptr);
    EXPECT_EQ(rows.find(""), nullptr);
    Rows::held(rows.add("a")) = "1";
    Rows::held(rows.add("")) = "2";
    Rows::held(rows.add(std::string(100'000, 'x'))) = "3";
    Rows::held(rows.add(std::string("a\0b", 3))) = "4";
    EXPECT_EQ(rows.size(), 4U);
    EXPECT_FALSE(rows.empty());
    EXPECT_EQ(Rows::held(*rows.find("a")), "1");
    EXPECT_EQ(Rows::held(*rows.find("")), "2");
    EXPECT_EQ(Rows::held(*rows.find(std::string(100'000, 'x'))), "3");
    EXPECT_EQ(Rows::held(*rows.find(std::string("a\0b", 3))), "4");
    EXPECT_EQ(Rows::key(*rows.find("a")), "a");
    EXPECT_EQ(rows.find("b"), nullptr);
    EXPECT_EQ(rows.find(std::string(99'999, 'x')), nullptr);
}

TEST(TextRows, ARowStaysWhereItIs) {
    Rows rows;
    Rows::Entry* const first = &rows.add("first");
    Rows::held(*first) = "a text that is too long to be inside of the string";
    for (int i = 0; i < 10'000; ++i) rows.add(std::to_string(i));
    EXPECT_EQ(rows.find("first"), first);
    for (int i = 0; i < 10'000; ++i) rows.erase(*rows.find(std::to_string(i)));
    EXPECT_EQ(rows.find("first"), first);
    EXPECT_EQ(Rows::held(*first), "a text that is too long to be inside of the string");
    EXPECT_EQ(test::all_in(rows).size(), 1U);
    Rows moved = std::move(rows);
    EXPECT_EQ(moved.find("first"), first);
}

// Whatever comes and goes in whatever order, beside a map.
TEST(TextRows, IsAMap) {
    std::mt19937 random(1);  // NOLINT: the same each time
    for (const unsigned most : {3U, 7U, 50U, 1'000U}) {
        Rows rows;
        test::expect_like_a_map(rows, random, most,
                                [](unsigned one) { return "key-" + std::to_string(one); });
    }
}

}  // namespace
}  // namespace redshank
