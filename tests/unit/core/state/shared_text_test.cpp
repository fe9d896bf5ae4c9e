#include "core/state/shared_text.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

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

TEST(SharedText, TakesFourBytesOfARow) {
    EXPECT_EQ(sizeof(SharedText), 4U);
    EXPECT_EQ(sizeof(Row), 8U);
}

std::string numbered(size_t i) {
    return "of many " + std::to_string(i);
}

// More than one block of them, and the numbers of those that have gone.
TEST(SharedText, EachOfManyStaysWhatItIs) {
    constexpr size_t kMany = 5000;
    const size_t before = SharedText::in_memory();
    std::vector<SharedText> all;
    for (size_t i = 0; i < kMany; ++i) all.emplace_back(numbered(i));
    EXPECT_EQ(SharedText::in_memory(), before + kMany);
    for (size_t i = 0; i < kMany; i += 2) all[i] = SharedText();
    EXPECT_EQ(SharedText::in_memory(), before + kMany / 2);
    for (size_t i = 0; i < kMany; i += 2) all[i] = numbered(i + kMany);
    EXPECT_EQ(SharedText::in_memory(), before + kMany);
    for (size_t i = 0; i < kMany; ++i) ASSERT_EQ(all[i].get(), numbered(i % 2 == 0 ? i + kMany : i)) << i;
    EXPECT_NE(all[0], all[2]);
    all.clear();
    EXPECT_EQ(SharedText::in_memory(), before);
}

uint32_t number_of(const SharedText& text) {
    uint32_t number = 0;
    std::memcpy(&number, &text, sizeof number);
    return number;
}

// There are numbers for 67 million texts at a time, and a daemon sees more than that in its life.
TEST(SharedText, TheNumberOfATextThatHasGoneIsGivenAgain) {
    uint32_t number = 0;
    {
        const SharedText gone = "one that goes";
        number = number_of(gone);
    }
    for (const char* text : {"one that comes", "another"}) EXPECT_EQ(number_of(SharedText(text)), number);
    const SharedText one = "one that comes", other = "another";
    EXPECT_EQ(number_of(one), number);
    EXPECT_NE(number_of(other), number);
    EXPECT_EQ(number_of(SharedText()), 0U);
}

// The detectors of several names make, copy and drop the same texts at the same time. Also with the thread
// sanitizer (make tsan).
TEST(SharedText, ThreadsShareTexts) {
    constexpr size_t kTexts = 50, kRounds = 200;
    const size_t before = SharedText::in_memory();
    const SharedText common = "of all threads";
    std::vector<size_t> wrong(4);
    {
        std::vector<std::jthread> threads;
        for (size_t& mistakes : wrong) {
            threads.emplace_back([&mistakes, &common] {
                for (size_t round = 0; round < kRounds; ++round) {
                    std::vector<SharedText> made, copies;
                    for (size_t i = 0; i < kTexts; ++i) made.emplace_back(numbered(i));
                    copies = made;
                    copies.push_back(common);
                    made.clear();
                    for (size_t i = 0; i < kTexts; ++i) mistakes += copies[i].get() != numbered(i);
                    mistakes += copies.back().get() != "of all threads";
                }
            });
        }
    }
    EXPECT_EQ(wrong, std::vector<size_t>(4));
    EXPECT_EQ(SharedText::in_memory(), before + 1);
}

}  // namespace
}  // namespace redshank
