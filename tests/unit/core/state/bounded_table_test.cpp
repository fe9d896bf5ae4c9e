#include "core/state/bounded_table.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/memory_state.h"

namespace redshank {
namespace {

struct Row {
    int64_t value = 0;
};
template <class V>
void describe(V& v, Row& row) {
    v.must("value", row.value);
}
int64_t worth(const Row& row) {
    return row.value;
}

class BoundedTableTest : public ::testing::Test {
  protected:
    // What the state has of the table after a save.
    const test::MemoryState::Table& saved() {
        table_.save(state_);
        return state_.tables["t"];
    }
    void set(const std::string& key, int64_t value) { table_.change(key).value = value; }

    BoundedTable<Row> table_{"t", 3};
    test::MemoryState state_;
};

constexpr const char *kOne = R"({"value":1})", *kTwo = R"({"value":2})", *kFour = R"({"value":4})";

TEST_F(BoundedTableTest, WritesWhatWasChangedSinceTheLastSave) {
    EXPECT_FALSE(table_.has_changed());
    set("a", 1);
    EXPECT_TRUE(table_.has_changed());
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("a", kOne)));
    EXPECT_FALSE(table_.has_changed());
    state_.tables["t"]["a"] = "as it was";
    set("b", 2);
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("a", "as it was"), std::pair("b", kTwo)));
    set("a", 4);
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("a", kFour), std::pair("b", kTwo)));
}

TEST_F(BoundedTableTest, ErasesWhatTheStateHas) {
    set("a", 1);
    set("b", 2);
    saved();
    EXPECT_TRUE(table_.erase("a"));
    EXPECT_FALSE(table_.erase("a"));
    EXPECT_TRUE(table_.has_changed());
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("b", kTwo)));
    EXPECT_FALSE(table_.has_changed());
}

TEST_F(BoundedTableTest, ARowThatComesAgainBeforeTheSaveIsKept) {
    set("a", 1);
    saved();
    table_.erase("a");
    set("a", 4);
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("a", kFour)));
    table_.erase("a");
    set("a", 2);
    table_.erase("a");
    EXPECT_THAT(saved(), testing::IsEmpty());
}

TEST_F(BoundedTableTest, WhatCameAndWentBetweenTwoSavesLeavesNothing) {
    set("a", 1);
    set("b", 2);
    set("c", 4);
    table_.erase("a");  // the last change takes its place in the list of changes
    set("b", 1);
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("b", kOne), std::pair("c", kFour)));
    set("d", 8);
    table_.erase("d");
    EXPECT_FALSE(table_.has_changed());
    set("b", 2);
    table_.erase("c");  // unchanged since the save
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("b", kTwo)));
}

TEST_F(BoundedTableTest, TheLeastWorthyMakesRoomAndLeavesTheState) {
    set("a", 4);
    set("b", 1);
    set("c", 2);
    saved();
    set("d", 4);
    EXPECT_EQ(table_.evictions(), 1U);
    EXPECT_EQ(table_.find("b"), nullptr);
    EXPECT_THAT(saved(),
                testing::ElementsAre(std::pair("a", kFour), std::pair("c", kTwo), std::pair("d", kFour)));
}

// Of all orders in which rows come: a tenth goes, the least worth first, then by the order of the keys.
TEST_F(BoundedTableTest, ATenthMakesRoomWhateverTheOrderTheyCameIn) {
    for (const int step : {1, 7, 13, 37, 99}) {
        BoundedTable<Row> many("t", 100);
        for (int i = 0; i < 100; ++i) {
            const int n = i * step % 100;
            many.change("row " + std::to_string(10 + n)).value = n / 4;  // four have each worth
        }
        std::vector<std::string> went;
        many.change("new", [&](std::string_view key, const Row&) { went.emplace_back(key); });
        std::sort(went.begin(), went.end());
        EXPECT_THAT(went, testing::ElementsAre("row 10", "row 11", "row 12", "row 13", "row 14", "row 15",
                                               "row 16", "row 17", "row 18", "row 19"))
            << step;
        EXPECT_EQ(many.evictions(), 10U);
        EXPECT_EQ(many.size(), 91U);
    }
}

TEST_F(BoundedTableTest, OneMakesRoomWhereOneIsAsked) {
    BoundedTable<Row> many("t", 30, Evict::One);
    for (int i = 0; i < 30; ++i) many.change("row " + std::to_string(i)).value = (i * 7 + 3) % 30;
    many.change("new").value = 99;
    EXPECT_EQ(many.size(), 30U);
    EXPECT_EQ(many.find("row 21"), nullptr);  // 21 · 7 + 3 = 150
    many.change("newer");
    EXPECT_EQ(many.find("row 4"), nullptr);  // 4 · 7 + 3 = 31
    EXPECT_EQ(many.size(), 30U);
}

TEST_F(BoundedTableTest, WhereNothingIsKeptNoChangeIsRemembered) {
    set("a", 1);
    set("d", 2);
    saved();
    set("a", 4);
    set("b", 2);
    table_.erase("d");
    NoState nowhere;
    table_.save(nowhere);
    EXPECT_FALSE(table_.has_changed());
    set("c", 1);
    EXPECT_FALSE(table_.has_changed());
    EXPECT_TRUE(table_.erase("a"));
    EXPECT_FALSE(table_.has_changed()) << "nor what goes";
    EXPECT_EQ(table_.find("b")->value, 2);
    EXPECT_EQ(table_.find("c")->value, 1);
    // Once somebody keeps it again, what changes from then on.
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("a", kOne), std::pair("d", kTwo)));
    set("b", 4);
    EXPECT_THAT(saved(),
                testing::ElementsAre(std::pair("a", kOne), std::pair("b", kFour), std::pair("d", kTwo)));
}

TEST_F(BoundedTableTest, AHandleFindsWhatIsThereAndMakesWhatIsNot) {
    const auto absent = table_.find_handle("a");
    EXPECT_FALSE(absent);
    EXPECT_EQ(table_.size(), 0U);
    EXPECT_FALSE(table_.has_changed());
    table_.change(absent, "a").value = 1;
    saved();
    const auto found = table_.find_handle("a");
    ASSERT_TRUE(found);
    EXPECT_EQ(found.row().value, 1);
    EXPECT_FALSE(table_.has_changed());
    table_.change(found, "a").value = 4;
    EXPECT_EQ(table_.size(), 1U);
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("a", kFour)));
    for (const char* more : {"b", "c", "d"}) table_.change(table_.find_handle(more), more);
    EXPECT_EQ(table_.size(), 3U) << "one made room";
}

TEST_F(BoundedTableTest, ALoadedRowIsUnchangedAndCanBeErased) {
    state_.tables["t"] = {{"a", kOne}, {"b", kTwo}};
    table_.load(state_);
    EXPECT_FALSE(table_.has_changed());
    table_.erase("a");
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("b", kTwo)));
}

}  // namespace
}  // namespace redshank
