#include "audit/known_texts.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace redshank::audit {
namespace {

using Known = KnownTexts<std::string>;

// Twice, as a text that comes again.
void note(Known& known, uint64_t mark, const std::string& text) {
    for (int i = 0; i < 2; ++i) known.note(mark, text, [&](auto& one) { one.read = "read " + text; });
}

TEST(KnownTexts, KnowsWhatItHasMetTwice) {
    Known known;
    int made = 0;
    const auto met = [&] { known.note(7, "alice", [&](auto& one) { one.read = "a", ++made; }); };
    EXPECT_EQ(known.find(7, "alice"), nullptr);
    met();
    EXPECT_EQ(known.find(7, "alice"), nullptr);
    met();
    ASSERT_NE(known.find(7, "alice"), nullptr);
    EXPECT_EQ(known.find(7, "alice")->read, "a");
    EXPECT_EQ(made, 1);
}

// Of texts that begin alike (a user with a new agent each time) none is known before it has come again.
TEST(KnownTexts, MeetsATextNotAMark) {
    Known known;
    for (const char* text : {"a user, agent 000001", "a user, agent 000002", "a user, agent 000003"}) {
        known.note(7, text, [](auto&) {});
        EXPECT_EQ(known.find(7, text), nullptr) << text;
    }
}

TEST(KnownTexts, ComparesEveryByte) {
    Known known;
    note(known, 7, "alice");
    EXPECT_NE(known.find(7, "alice, and what follows"), nullptr);
    for (const char* rest : {"", "alic", "alicf, and what follows", "Alice"})
        EXPECT_EQ(known.find(7, rest), nullptr) << rest;
    EXPECT_EQ(known.find(8, "alice"), nullptr);
}

TEST(KnownTexts, OfEightTextsWithOnePlaceTheOneNotMetForLongestMakesRoom) {
    Known known;
    for (int i = 0; i < 8; ++i) note(known, 7, "one of the texts: " + std::to_string(i));
    EXPECT_NE(known.find(7, "one of the texts: 0"), nullptr);
    note(known, 7, "one of the texts: 8");
    for (const int i : {0, 2, 3, 4, 5, 6, 7, 8}) {
        const auto found = known.find(7, "one of the texts: " + std::to_string(i));
        ASSERT_NE(found, nullptr) << i;
        EXPECT_EQ(found->read, "read one of the texts: " + std::to_string(i));
    }
    EXPECT_EQ(known.find(7, "one of the texts: 1"), nullptr);
}

TEST(KnownTexts, ANumberStandsForOneTextWhoeverKnowsIt) {
    std::set<uint64_t> numbers;
    Known first, second;
    for (Known* known : {&first, &second}) {
        for (const char* text : {"the first of two", "the other of two"}) {
            note(*known, 7, text);
            EXPECT_TRUE(numbers.insert(known->find(7, text)->number).second) << text;
        }
    }
    EXPECT_EQ(numbers.count(0), 0U) << "0 is for texts that are not known";
}

TEST(KnownTexts, KeepsNoLongText) {
    Known known;
    note(known, 7, std::string(2048, 'x'));
    note(known, 8, std::string(2049, 'x'));
    EXPECT_NE(known.find(7, std::string(2048, 'x')), nullptr);
    EXPECT_EQ(known.find(8, std::string(2049, 'x')), nullptr);
}

TEST(MarkOf, DependsOnTheTextAlone) {
    const std::string text(100, 'x');
    EXPECT_EQ(mark_of(text, 40), mark_of((text + "more").substr(0, 100), 40));
    std::set<uint64_t> marks;
    for (size_t size = 0; size <= text.size(); ++size) marks.insert(mark_of(text.substr(0, size), 40));
    EXPECT_EQ(marks.size(), 101U);
    for (size_t at = 0; at < text.size(); ++at) {
        std::string other = text;
        other[at] = 'y';
        EXPECT_NE(mark_of(other, 100), mark_of(text, 100)) << at;
        EXPECT_TRUE(at >= 40 || mark_of(other, 40) != mark_of(text, 40)) << at;
    }
}

}  // namespace
}  // namespace redshank::audit
