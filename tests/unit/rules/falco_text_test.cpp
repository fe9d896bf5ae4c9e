// Texts, numbers and lists as Falco's conditions and YAML write them.
#include "rules/falco_text.h"

#include <gmock/gmock.h>

namespace redshank::rules {
namespace {

using ::testing::ElementsAre;

TEST(FalcoText, ANumberIsDecimalOrHex) {
    const std::pair<const char*, std::optional<double>> kCases[] = {
        {"0", 0},
        {"12", 12},
        {"-3", -3},
        {"+3", 3},
        {"1.5", 1.5},
        {"1e3", 1000},
        {"0x1f", 31},
        {"0X1F", 31},
        {"+0x10", 16},
        {"0x", {}},
        {"0x1g", {}},
        {"x1", {}},
        {"1x", {}},
        {"", {}},
        {"+", {}},
        {"++1", {}},
        {"1 ", {}},
        {" 1", {}},
        {"0x10000000000000000", {}},
    };
    for (const auto& [text, expected] : kCases) {
        double number = 0;
        const bool is_number = read_falco_number(text, number);
        EXPECT_EQ(is_number, expected.has_value()) << text;
        if (expected) {
            EXPECT_EQ(number, *expected) << text;
        }
    }
}

TEST(FalcoText, AQuotedTextEndsAtItsOwnQuote) {
    const struct {
        const char *text, *value, *rest, *problem;
    } kCases[] = {
        {R"("a" b)", "a", " b", ""},
        {R"('a"b'c)", "a\"b", "c", ""},
        {R"("")", "", "", ""},
        {R"("\b\f\n\r\t\\\/\ ")", "\b\f\n\r\t\\/\\", "", ""},
        {R"("\"")", "\"", "", ""},
        {R"('\'')", "'", "", ""},
        {R"("\x41\x7e!")", "A~!", "", ""},
        {R"("\x4")", "", R"("\x4")", R"(unknown escape \x in a text: a backslash is written \\)"},
        {R"("\x4g")", "", R"("\x4g")", R"(unknown escape \x in a text: a backslash is written \\)"},
        {R"("\q")", "", R"("\q")", R"(unknown escape \q in a text: a backslash is written \\)"},
        {R"("\'")", "", R"("\'")", R"(unknown escape \' in a text: a backslash is written \\)"},
        {R"("a)", "a", R"("a)", "the text that begins here has no end"},
        {R"("a\)", "a\\", R"("a\)", "the text that begins here has no end"},
    };
    for (const auto& [text, value, rest, problem] : kCases) {
        std::string_view left = text;
        std::string what;
        EXPECT_EQ(read_falco_quoted(left, what), value) << text;
        EXPECT_EQ(left, rest) << text;
        EXPECT_EQ(what, problem) << text;
    }
}

TEST(FalcoText, ABareTextEndsBeforeWhatMeansSomething) {
    for (const char end : {'(', ')', '"', '\'', '=', ',', ' ', '\t', '\r', '\n', '\b'}) {
        const std::string text = std::string("a.b-c!") + end + "d";
        std::string_view rest = text;
        EXPECT_EQ(read_falco_bare(rest), "a.b-c!") << static_cast<int>(end);
        EXPECT_EQ(rest.size(), 2u);
    }
    std::string_view whole = "abc", none = "=";
    EXPECT_EQ(read_falco_bare(whole), "abc");
    EXPECT_EQ(whole, "");
    EXPECT_EQ(read_falco_bare(none), "");
    EXPECT_EQ(none, "=");
    for (const char c : {'a', '\v', '\f', '\a', '!'}) EXPECT_FALSE(is_falco_blank(c)) << static_cast<int>(c);
}

TEST(FalcoText, AnItemOfAListIsPastedAsTextOfTheCondition) {
    EXPECT_THAT(falco_list_item("a"), ElementsAre("a"));
    EXPECT_THAT(falco_list_item("a,b"), ElementsAre("a", "b"));
    EXPECT_THAT(falco_list_item("\"a b\", c"), ElementsAre("a b", "c"));
    EXPECT_THAT(falco_list_item("'a',b"), ElementsAre("a", "b"));
    EXPECT_THAT(falco_list_item("a b"), ElementsAre("a b"));
    EXPECT_THAT(falco_list_item("\"\""), ElementsAre(""));
    EXPECT_THAT(falco_list_item("\"a\"b"), ElementsAre("\"a\"b"));
    EXPECT_THAT(falco_list_item("\"a"), ElementsAre("\"a"));
    EXPECT_THAT(falco_list_item("a=b"), ElementsAre("a=b"));
    EXPECT_THAT(falco_list_item("=a"), ElementsAre("=a"));
    EXPECT_THAT(falco_list_item("a,"), ElementsAre("a"));
    EXPECT_THAT(falco_list_item("a,,b"), ElementsAre("a", "b"));
    EXPECT_EQ(falco_pasted("a b"), "\"a b\"");
    EXPECT_EQ(falco_pasted("'a b'"), "'a b'");
    EXPECT_EQ(falco_pasted("\"a b\""), "\"a b\"");
    EXPECT_EQ(falco_pasted("ab"), "ab");
}

TEST(FalcoText, SetOperators) {
    for (const char* yes : {"in", "intersects", "pmatch", "contains oneof", "= anyof", "!= allof"})
        EXPECT_TRUE(is_falco_set_operator(yes)) << yes;
    for (const char* no : {"", "=", "oneof", "contains", "in ", "xin", "contains oneofx"})
        EXPECT_FALSE(is_falco_set_operator(no)) << no;
}

}  // namespace
}  // namespace redshank::rules
