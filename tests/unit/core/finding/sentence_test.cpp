#include "core/finding/sentence.h"

#include <gtest/gtest.h>

namespace redshank {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Sentence, SaysWhatHowAndWhyInThatOrder) {
    const struct {
        Sentence sentence;
        const char* text;
    } cases[] = {
        {{.what = "alice read Secret shop/db"}, "alice read Secret shop/db."},
        {{.what = "an anonymous caller read /x", .because = "RoleBinding a gives b to c"},
         "An anonymous caller read /x, because RoleBinding a gives b to c."},
        {{.what = "node n1 read /x", .why = {"never done in 16 days", "none of 3 peers did this"}},
         "Node n1 read /x. Never done in 16 days; none of 3 peers did this."},
        {{.what = "nodejs read /x", .why = {"", "a", "a", "b", "c"}}, "nodejs read /x. A; b."},
    };
    for (const auto& c : cases) EXPECT_EQ(c.sentence.to_string(), c.text);
}

// The weaker reason goes first, then the other, then how; a word is never cut.
TEST(Sentence, IsShort) {
    const std::string what = "alice listed all Secrets in shop", because(100, 'b'), why(60, 'w');
    EXPECT_EQ((Sentence{what, because, {why, "x" + why}}).to_string(), what + ", because " + because + ".");
    EXPECT_EQ((Sentence{what, std::string(300, 'b'), {why}}).to_string(), what + ". W" + why.substr(1) + ".");
    EXPECT_EQ((Sentence{what, "", {std::string(300, 'w')}}).to_string(), what + ".");
    EXPECT_EQ(
        (Sentence{what, "", {std::string(300, 'w'), "weaker", "weaker", "weakest", "none"}}).to_string(),
        what + ". Weaker; weakest.");
    const std::string words = "alice " + std::string(150, 'a') + " " + std::string(80, 'b');
    EXPECT_EQ((Sentence{.what = words}).to_string(), "alice " + std::string(150, 'a') + "…");
    EXPECT_EQ((Sentence{.what = "x" + std::string(198, 'a')}).to_string().size(), 200U);
    // No room is left for the stop.
    EXPECT_EQ((Sentence{.what = "alice " + std::string(194, 'a')}).to_string(), "alice…");
}

TEST(Sentence, HasRoomForOneMore) {
    EXPECT_EQ(and_then("alice read it.", "Then they left."), "alice read it. Then they left.");
    EXPECT_EQ(and_then("alice read it. Then they left.", "Then they left."),
              "alice read it. Then they left.");
    EXPECT_EQ(and_then(std::string(190, 'a'), "Then they left."), std::string(190, 'a'));
    // 200 characters are a summary, 201 are not.
    EXPECT_EQ(and_then(std::string(184, 'a'), "Then they left."), std::string(184, 'a') + " Then they left.");
    EXPECT_EQ(and_then(std::string(185, 'a'), "Then they left."), std::string(185, 'a'));
}

TEST(Sentence, CountsThings) {
    EXPECT_EQ(counted(0, "read"), "0 reads");
    EXPECT_EQ(counted(1, "read"), "1 read");
    EXPECT_EQ(counted(999, "request"), "999 requests");
    EXPECT_EQ(counted(1'234'567, "request"), "1,234,567 requests");
    EXPECT_EQ(list_words({"a"}), "a");
    EXPECT_EQ(list_words({"a", "b"}), "a and b");
    EXPECT_EQ(list_words({"a", "b", "c"}), "a, b and c");
    EXPECT_EQ(list_words({"a", "b", "c", "d", "e"}), "a, b, c and 2 more");
}

TEST(Sentence, SaysTimesAsPeopleDo) {
    const struct {
        audit::Duration span;
        const char* words;
    } cases[] = {{milliseconds{0}, "0 ms"},   {milliseconds{999}, "999 ms"}, {seconds{1}, "1 s"},
                 {seconds{119}, "119 s"},     {minutes{2}, "2 min"},         {minutes{119}, "119 min"},
                 {hours{2}, "2 h"},           {hours{47}, "47 h"},           {hours{48}, "2 days"},
                 {hours{24 * 16}, "16 days"}, {seconds{-5}, "0 ms"}};
    for (const auto& c : cases) EXPECT_EQ(span_words(c.span), c.words);
    EXPECT_EQ(moment_words(audit::Time{hours{24 * 365 + 1}}), "1971-01-01 01:00:00 UTC");
}

// Only what means something: from twice a year to five times a day.
TEST(Sentence, SaysHowOftenOnlyWhenThatMeansSomething) {
    const struct {
        double per_day;
        const char* words;
    } cases[] = {{0, ""},
                 {1.0 / 365, ""},
                 {2.0 / 365, "about twice a year"},
                 {1.0 / 30, "about once a month"},
                 {1.0 / 30.5, "about 12 times a year"},
                 {11.48 / 365, "about 11 times a year"},
                 {1.0 / 7.5, "about 4 times a month"},
                 {2.0 / 30, "about twice a month"},
                 {1.0 / 7, "about once a week"},
                 {3.0 / 7, "about 3 times a week"},
                 {1, "about once a day"},
                 {5, "about 5 times a day"},
                 {5.1, ""}};
    for (const auto& c : cases) EXPECT_EQ(rate_words(c.per_day), c.words) << c.per_day;
}

TEST(Sentence, GivesEachReasonOnceAndFiveAtMost) {
    Finding finding;
    add_reasons(finding, {{"a", "one", ""}, {"a", "one", "2"}, {"b", "", ""}, {"b", "one", ""}});
    ASSERT_EQ(finding.reasons.size(), 1U);
    add_reasons(finding, {{"c", "2", ""}, {"d", "3", ""}, {"e", "4", ""}, {"f", "5", ""}, {"g", "6", ""}});
    EXPECT_EQ(finding.reasons.size(), 5U);
    EXPECT_EQ(finding.reasons.back().text, "5");
}

}  // namespace
}  // namespace redshank
