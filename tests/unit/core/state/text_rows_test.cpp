#include "core/state/text_rows.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <string>

namespace redshank {
namespace {

using Rows = TextRows<std::string>;

std::map<std::string, std::string> all_of(Rows& rows) {
    std::map<std::string, std::string> all;
    for (Rows::Entry& entry : rows) {
        const bool is_new = all.emplace(Rows::key(entry), Rows::held(entry)).second;
        EXPECT_TRUE(is_new) << Rows::key(entry) << " is visited twice";
    }
    return all;
}

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
    EXPECT_EQ(all_of(rows).size(), 1U);
    Rows moved = std::move(rows);
    EXPECT_EQ(moved.find("first"), first);
}

// Whatever comes and goes in whatever order, beside a map.
TEST(TextRows, IsAMap) {
    std::mt19937 random(1);  // NOLINT: the same each time
    for (const unsigned most : {3U, 7U, 50U, 1'000U}) {
        Rows rows;
        std::map<std::string, std::string> map;
        for (int i = 0; i < 20'000; ++i) {
            const std::string key = "key-" + std::to_string(random() % most);
            Rows::Entry* const entry = rows.find(key);
            ASSERT_EQ(entry != nullptr, map.contains(key)) << key;
            if (entry == nullptr) {
                Rows::held(rows.add(key)) = map[key] = std::to_string(i);
            } else if (random() % 2 == 0) {
                rows.erase(*entry);
                map.erase(key);
            } else {
                ASSERT_EQ(Rows::held(*entry), map[key]);
            }
            ASSERT_EQ(rows.size(), map.size());
        }
        EXPECT_EQ(all_of(rows), map);
    }
}

}  // namespace
}  // namespace redshank
