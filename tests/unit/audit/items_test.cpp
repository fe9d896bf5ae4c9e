#include "audit/items.h"

#include <gmock/gmock.h>

namespace redshank::audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Items, AreAListOfTheirOwn) {
    Items<int> items{1, 2};
    items.push_back(3);
    EXPECT_THAT(items, ElementsAre(1, 2, 3));
    EXPECT_EQ(items.front(), 1);
    EXPECT_EQ(items.back(), 3);
    EXPECT_EQ(items[1], 2);
    items.pop_back();
    EXPECT_THAT(items, ElementsAre(1, 2));
    items.own()[0] = 7;
    EXPECT_THAT(items, ElementsAre(7, 2));
    items.clear();
    EXPECT_THAT(items, IsEmpty());
    EXPECT_TRUE(items.empty());
}

TEST(Items, ShowWhatAnotherHas) {
    const Items<int> other{1, 2};
    Items<int> items;
    items.show(other);
    EXPECT_THAT(items, ElementsAre(1, 2));
    EXPECT_EQ(items.begin(), other.begin()) << "nothing is copied";
    EXPECT_THAT(items.own(), IsEmpty());
    EXPECT_FALSE(items.empty());
    const Items<int> copy = items;
    items.pop_back();
    EXPECT_THAT(items, ElementsAre(1));
    EXPECT_EQ(items.back(), 1);
    EXPECT_THAT(copy, ElementsAre(1, 2));
    EXPECT_THAT(other, ElementsAre(1, 2)) << "the other keeps all";
    Items<int> third;
    third.show(items);
    EXPECT_THAT(third, ElementsAre(1)) << "as much as is shown";
    items.clear();
    EXPECT_THAT(items, IsEmpty());
    items.push_back(5);
    EXPECT_THAT(items, ElementsAre(5));
}

}  // namespace
}  // namespace redshank::audit
