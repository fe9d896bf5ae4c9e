#include "core/state/recent_table.h"

#include <gtest/gtest.h>

#include "tests/support/memory_state.h"

namespace redshank {
namespace {

struct Visit {
    uint64_t touched = 0;
    std::string who;
    template <class V>
    void describe(V& v) {
        v.must("touched", touched);
        v("who", who);
    }
};
using Table = RecentTable<Visit>;

std::string keys_since(const Table& table, uint64_t call) {
    std::string out;
    table.each_since(call, [&](std::string_view key, const Visit&) { out += key; });
    return out;
}

Table abc() {
    Table table("visits", 3);
    for (const char* key : {"a", "b", "c"}) table.touch(key).who = key;
    return table;
}

TEST(RecentTable, TheOrderIsThatOfTheLastTouch) {
    Table table = abc();
    EXPECT_EQ(keys_since(table, 0), "abc");
    table.touch("a").who = "again";
    EXPECT_EQ(keys_since(table, 0), "bca");
    EXPECT_EQ(keys_since(table, 2), "ca");
    EXPECT_EQ(keys_since(table, 4), "");
    EXPECT_EQ(table.calls(), 4u);
    EXPECT_EQ(table.oldest_key(), "b");
    EXPECT_EQ(table.oldest().who, "b");
    EXPECT_EQ(table.find("a")->who, "again");
}

TEST(RecentTable, AChangeMovesNothing) {
    Table table = abc();
    table.change("a").who = "changed";
    *table.find_quietly("b") = {2, "quietly"};
    EXPECT_EQ(keys_since(table, 0), "abc");
    EXPECT_EQ(table.calls(), 3u);
}

TEST(RecentTable, TheOldestIsEvictedAndCounted) {
    Table table = abc();
    EXPECT_FALSE(table.is_over_full());
    table.touch("d");
    ASSERT_TRUE(table.is_over_full());
    table.evict_oldest();
    EXPECT_FALSE(table.is_over_full());
    EXPECT_EQ(keys_since(table, 0), "bcd");
    EXPECT_EQ(table.evictions(), 1u);
}

TEST(RecentTable, WhatIsErasedHasNoPlace) {
    Table table = abc();
    EXPECT_TRUE(table.erase("b"));
    EXPECT_FALSE(table.erase("b"));
    EXPECT_EQ(keys_since(table, 0), "ac");
    EXPECT_EQ(table.evictions(), 0u);
    table.touch("b");
    EXPECT_EQ(keys_since(table, 0), "acb");
    table.clear();
    EXPECT_TRUE(table.empty());
    EXPECT_EQ(keys_since(table, 0), "");
}

TEST(RecentTable, ARestartKeepsTheOrderAndTheCount) {
    test::MemoryState state;
    Table table = abc();
    table.touch("a");
    table.save(state, "x/");
    Table again("visits", 3);
    again.load(state, "x/");
    EXPECT_EQ(keys_since(again, 0), "bca");
    EXPECT_EQ(again.calls(), 4u);
    EXPECT_EQ(again.touch("c").touched, 5u);
    EXPECT_EQ(keys_since(again, 0), "bac");
    again.evict_oldest();
    again.save(state, "x/");
    Table third("visits", 3);
    third.load(state, "x/");
    EXPECT_EQ(keys_since(third, 0), "ac");
    EXPECT_EQ(third.find("a")->who, "a");
}

TEST(RecentTable, ARowThatChangedIsStoredOnceMore) {
    test::MemoryState state;
    Table table = abc();
    table.save(state);
    table.change("b").who = "changed";
    table.find_quietly("c")->who = "quietly";
    table.save(state);
    Table again("visits", 3);
    again.load(state);
    EXPECT_EQ(again.find("b")->who, "changed");
    EXPECT_EQ(again.find("c")->who, "c");
}

TEST(RecentTable, RowsThatCannotBeUsedAreLeftOut) {
    test::MemoryState state;
    state.put("visits", "a", R"({"touched":4611686018427387904,"who":"of no daemon's life"})");
    state.put("visits", "b", R"({"touched":7,"who":"taken"})");
    state.put("visits", "c", R"({"touched":6,"who":"not wanted"})");
    state.put("visits", "d", R"({"touched":7,"who":"of the same call"})");
    Table table("visits", 3);
    table.load(state, "", [](std::string_view key, const Visit&) { return key != "c"; });
    EXPECT_EQ(keys_since(table, 0), "bd");
    EXPECT_EQ(table.calls(), 7u);
}

}  // namespace
}  // namespace redshank
