#include "daemon/sources/topic_share.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

namespace redshank {
namespace {

std::vector<std::string> fleet(size_t count) {
    std::vector<std::string> members;
    for (size_t i = 0; i < count; ++i) members.push_back("redshank-" + std::to_string(i));
    return members;
}

// How many partitions of the topic each member has.
std::vector<int> counts(const std::vector<std::string>& members, const std::string& topic, int partitions) {
    std::vector<int> all;
    for (const std::string& member : members) {
        const TopicShare share = share_of(member, members);
        int own = 0;
        for (int number = 0; number < partitions; ++number) own += share.has({topic, number}) ? 1 : 0;
        all.push_back(own);
    }
    return all;
}

TEST(TopicShare, EachPartitionIsInOneShareAndSharesAreEven) {
    for (size_t members : {1, 2, 3, 8, 12}) {
        for (const int partitions : {1, 2, 7, 24, 100}) {
            const std::vector<int> own = counts(fleet(members), "audit", partitions);
            int sum = 0;
            for (const int count : own) sum += count;
            EXPECT_EQ(sum, partitions) << members;
            const auto [least, most] = std::minmax_element(own.begin(), own.end());
            EXPECT_LE(*most - *least, 1) << members << " members, " << partitions << " partitions";
        }
    }
}

// A topic for each cluster, with one partition each.
TEST(TopicShare, TopicsOfOnePartitionAreSpread) {
    const auto members = fleet(4);
    std::vector<int> sum(members.size());
    for (int topic = 0; topic < 400; ++topic) {
        const std::vector<int> own = counts(members, "audit-" + std::to_string(topic), 1);
        for (size_t i = 0; i < own.size(); ++i) sum[i] += own[i];
    }
    EXPECT_THAT(sum, testing::Each(testing::AllOf(testing::Ge(60), testing::Le(140))));
}

// Rows of state lie where these shares are: they are for ever.
TEST(TopicShare, SharesStayWhatTheyAre) {
    const auto has = [](const char* member, const char* topic, int32_t number) {
        return share_of(member, {"c", "a", "b"}).has({topic, number});
    };
    EXPECT_TRUE(has("a", "audit", 0));
    EXPECT_TRUE(has("b", "audit", 1));
    EXPECT_TRUE(has("c", "audit", 2));
    EXPECT_TRUE(has("a", "audit", 3));
    EXPECT_TRUE(has("a", "events", 0));
}

TEST(TopicShare, TheOrderOfTheNamesChangesNothing) {
    const TopicShare share = share_of("b", {"c", "a", "b"});
    EXPECT_EQ(share.place, 1u);
    EXPECT_EQ(share.of, 3u);
    EXPECT_EQ(share_of("b", {"b", "c", "a"}).place, 1u);
    EXPECT_EQ(share_of("d", {"b", "c", "a"}).of, 0u);
    EXPECT_EQ(share_of("", {}).of, 0u);
}

}  // namespace
}  // namespace redshank
