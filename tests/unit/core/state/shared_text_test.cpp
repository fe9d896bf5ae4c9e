#include "core/state/shared_text.h"

#include <gtest/gtest.h>

#include "core/state/row.h"

namespace redshank {
namespace {

struct Row {
    SharedText agent, place;
};
template <class V>
void describe(V& v, Row& row) {
    v.must("agent", row.agent);
    v("place", row.place);
}

TEST(SharedText, IsInMemoryOnceAndInTheStateAText) {
    Row row{.agent = "kubectl/v1.32.0", .place = std::string("kubectl/") + "v1.32.0"};
    EXPECT_EQ(row.agent, row.place);
    EXPECT_EQ(row.agent.get().data(), row.place.get().data());
    EXPECT_EQ(write_row(row), R"({"agent":"kubectl/v1.32.0","place":"kubectl/v1.32.0"})");
    row.place = std::string_view("curl");
    EXPECT_EQ(row.place.get(), "curl");
    EXPECT_EQ(row.agent.get(), "kubectl/v1.32.0");
    EXPECT_TRUE(SharedText().empty());
    EXPECT_FALSE(row.place.empty());

    const auto read = read_row<Row>(R"({"agent":"curl"})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->agent, row.place);
    EXPECT_TRUE(read->place.empty());
    EXPECT_FALSE(read_row<Row>(R"({"agent":7})"));
}

TEST(SharedText, GoesWithTheLastRowThatHasIt) {
    const size_t before = SharedText::in_memory();
    {
        const SharedText one = "of two rows", other = one;
        EXPECT_EQ(SharedText::in_memory(), before + 1);
        { const SharedText third = one; }
        EXPECT_EQ(SharedText::in_memory(), before + 1);
    }
    EXPECT_EQ(SharedText::in_memory(), before);
}

}  // namespace
}  // namespace redshank
