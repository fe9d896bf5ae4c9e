#include "core/state/partition.h"

#include <gmock/gmock.h>

#include "tests/support/memory_state.h"

namespace redshank {
namespace {

using testing::ElementsAre;

std::vector<std::string> scan(const StateReader& state, std::string_view table,
                              std::string_view prefix = "") {
    std::vector<std::string> rows;
    state.scan(table, prefix, [&](std::string_view key, std::string_view value) {
        rows.push_back(std::string(key) + "=" + std::string(value));
    });
    return rows;
}

TEST(Partition, TheFirstOwnersKeysStandAsTheyAre) {
    test::MemoryState state;
    PartitionWriter(state, 0).put("t", "key", "1");
    EXPECT_EQ(state.get("t", "key"), "1");
}

TEST(Partition, KeepsWhatTheStateKeeps) {
    test::MemoryState state;
    NoState nowhere;
    EXPECT_TRUE(PartitionWriter(state, 1).keeps());
    EXPECT_FALSE(PartitionWriter(nowhere, 1).keeps());
}

TEST(Partition, OwnersDoNotSeeEachOther) {
    test::MemoryState state;
    PartitionWriter zero(state, 0), one(state, 1), ten(state, 10);
    zero.put("t", "key", "0");
    one.put("t", "key", "1");
    ten.put("t", "key", "10");
    EXPECT_THAT(scan(PartitionReader(state, 0), "t"), ElementsAre("key=0"));
    EXPECT_THAT(scan(PartitionReader(state, 1), "t"), ElementsAre("key=1"));
    EXPECT_THAT(scan(PartitionReader(state, 10), "t", "k"), ElementsAre("key=10"));
    EXPECT_EQ(PartitionReader(state, 1).get("t", "key"), "1");
    EXPECT_EQ(PartitionReader(state, 2).get("t", "key"), std::nullopt);
    one.erase("t", "key");
    EXPECT_EQ(PartitionReader(state, 1).get("t", "key"), std::nullopt);
    EXPECT_EQ(PartitionReader(state, 0).get("t", "key"), "0");
}

// Keys contain texts that clients choose, such as users and names.
TEST(Partition, NoKeyReadsAsAnotherOwners) {
    for (const std::string key : {"\n1\nkey", "\n", "\n\n", "\n\n1\nkey", "1\nkey"}) {
        test::MemoryState state;
        PartitionWriter(state, 0).put("t", key, "mine");
        EXPECT_THAT(scan(PartitionReader(state, 0), "t"), ElementsAre(key + "=mine"));
        EXPECT_THAT(scan(PartitionReader(state, 0), "t", key), ElementsAre(key + "=mine"));
        EXPECT_EQ(PartitionReader(state, 0).get("t", key), "mine");
        EXPECT_THAT(scan(PartitionReader(state, 1), "t"), ElementsAre());
        PartitionWriter(state, 0).erase("t", key);
        EXPECT_THAT(scan(state, "t"), ElementsAre());
    }
}

TEST(Partition, ACommonTableIsEveryOwners) {
    test::MemoryState state;
    PartitionWriter(state, 1, "said").put("said", "key", "1");
    EXPECT_THAT(scan(PartitionReader(state, 2, "said"), "said"), ElementsAre("key=1"));
    EXPECT_EQ(PartitionReader(state, 2, "said").get("said", "key"), "1");
    PartitionWriter(state, 3, "said").erase("said", "key");
    EXPECT_THAT(scan(state, "said"), ElementsAre());
}

TEST(Partition, WhoeverAsksSeesAllOwners) {
    test::MemoryState state;
    PartitionWriter(state, 0).put("t", "a", "0");
    PartitionWriter(state, 1).put("t", "a", "1");
    PartitionWriter(state, 2).put("t", "b", "2");
    EXPECT_THAT(scan(AllPartitions(state, 3), "t"), ElementsAre("a=0", "a=1", "b=2"));
    EXPECT_THAT(scan(AllPartitions(state, 2), "t"), ElementsAre("a=0", "a=1"));
    EXPECT_THAT(scan(AllPartitions(state, 0), "t"), ElementsAre("a=0"));
    EXPECT_EQ(AllPartitions(state, 3).get("t", "a"), "0");
    EXPECT_EQ(AllPartitions(state, 3).get("t", "b"), "2");
}

}  // namespace
}  // namespace redshank
