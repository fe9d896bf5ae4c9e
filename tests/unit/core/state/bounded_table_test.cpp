#include "core/state/bounded_table.h"

#include <gmock/gmock.h>

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

TEST_F(BoundedTableTest, ALoadedRowIsUnchangedAndCanBeErased) {
    state_.tables["t"] = {{"a", kOne}, {"b", kTwo}};
    table_.load(state_);
    EXPECT_FALSE(table_.has_changed());
    table_.erase("a");
    EXPECT_THAT(saved(), testing::ElementsAre(std::pair("b", kTwo)));
}

}  // namespace
}  // namespace redshank
