#include "audit/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace redshank::audit {
namespace {

TEST(Glob, StarAndQuestionMark) {
    EXPECT_TRUE(glob_match("prod-*", "prod-eu"));
    EXPECT_TRUE(glob_match("*", ""));
    EXPECT_TRUE(glob_match("a?c*e", "abcde"));
    EXPECT_TRUE(glob_match("*-key", "live-key-key"));
    EXPECT_TRUE(glob_match("d?", "db"));
    EXPECT_TRUE(glob_match("CORP\\*", "CORP\\alice"));
    EXPECT_FALSE(glob_match("prod-*", "dev-prod-eu"));
    EXPECT_FALSE(glob_match("a[b]c", "abc"));
    EXPECT_FALSE(glob_match("d?", "d"));
    EXPECT_FALSE(glob_match("a*c", "ab"));
    EXPECT_TRUE(glob_match("*a*a*a*b", std::string(50, 'a') + "b"));
}

TEST(Glob, Styles) {
    EXPECT_TRUE(glob_match("PROD-*", "prod-eu", {.ignore_case = true}));
    EXPECT_TRUE(glob_match("a\\*", "a*", {.escapes = true}));
    EXPECT_FALSE(glob_match("a\\*", "ab", {.escapes = true}));
    constexpr GlobStyle kBrackets{.escapes = true, .brackets = true};
    EXPECT_TRUE(glob_match("v[0-9]*", "v1beta1", kBrackets));
    EXPECT_FALSE(glob_match("v[0-9]*", "vx", kBrackets));
    EXPECT_TRUE(glob_match("[!a-c]x", "dx", kBrackets));
    EXPECT_FALSE(glob_match("[^a-c]x", "ax", kBrackets));
    EXPECT_TRUE(glob_match("[]x]", "]", kBrackets));
    EXPECT_TRUE(glob_match("[[:digit:]_]", "7", kBrackets));
    EXPECT_TRUE(glob_match("[a-]", "-", kBrackets));
    EXPECT_TRUE(glob_match("[a", "[a", kBrackets));  // an unclosed [ is literal
    EXPECT_TRUE(glob_match("[A-Z]", "q", {.ignore_case = true, .brackets = true}));
}

// Each class with each byte: what fnmatch(3) says in the C locale.
TEST(Glob, ClassesHoldTheirBytesAndNoOther) {
    constexpr GlobStyle kBrackets{.escapes = true, .brackets = true};
    const std::string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lower = "abcdefghijklmnopqrstuvwxyz",
                      digit = "0123456789", punct = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    const std::pair<const char*, std::string> kClasses[] = {
        {"alpha", upper + lower},
        {"digit", digit},
        {"alnum", upper + lower + digit},
        {"upper", upper},
        {"lower", lower},
        {"space", " \t\n\v\f\r"},
        {"punct", punct},
        {"xdigit", digit + "abcdefABCDEF"},
        {"moon", ""},
    };
    for (const auto& [name, members] : kClasses) {
        for (int byte = 1; byte < 256; ++byte) {
            const std::string one(1, static_cast<char>(byte));
            EXPECT_EQ(glob_match("[[:" + std::string(name) + ":]]", one, kBrackets),
                      members.find(one) != std::string::npos)
                << name << " " << byte;
        }
    }
}

TEST(Glob, BracketsAtEveryEnd) {
    constexpr GlobStyle kBrackets{.escapes = true, .brackets = true}, kPlain{.brackets = true},
        kAnyCase{.ignore_case = true, .brackets = true};
    const struct {
        const char *pattern, *text;
        bool fits;
        GlobStyle style = kBrackets;
    } kCases[] = {
        {"[b-d]", "a", false},
        {"[b-d]", "b", true},
        {"[b-d]", "d", true},
        {"[b-d]", "e", false},
        {"[!b]", "b", false},
        {"[!b]", "a", true},
        {"[^b]", "^", true},
        {"[b^]", "^", true},
        {"[]", "]", false},
        {"[]", "[]", true},
        {"[!]", "[!]", true},
        {"[!]]", "a", true},
        {"[!]]", "]", false},
        {"[]]", "]", true},
        {"[]-a]", "^", true},
        {"[a-]", "a", true},
        {"[-a]", "-", true},
        {"[a-]", "b", false},
        {"[\\]]", "]", true},
        {"[\\]x]", "x", true},
        {"[a\\-c]", "b", false},
        {"[a\\-c]", "-", true},
        {"[\\a-\\c]", "b", true},
        {"[\\]", "[]", true, kBrackets},
        {"[\\]", "\\", true, kPlain},
        {"[", "[", true},
        {"a[", "a[", true},
        {"[[:digit:]a]", "a", true},
        {"[[:digit]", ":", true},
        {"[[:digit]", "q", false},
        {"[!a]", "", false},
        {"[a]b", "ab", true},
        {"[a]b", "a", false},
        {"[B-D]", "c", true, kAnyCase},
        {"[b-d]", "C", true, kAnyCase},
        {"[b-d]", "C", false},
        {"x\\", "x\\", true},
        {"\\x", "x", true},
        {"\\x", "\\x", false},
        {"\\x", "\\x", true, kPlain},
        {"\\[a]", "[a]", true},
        {"[a-c]*[!x]", "bzy", true},
        {"[a-c]*[!x]", "bzx", false},
    };
    for (const auto& [pattern, text, fits, style] : kCases)
        EXPECT_EQ(glob_match(pattern, text, style), fits) << pattern << " " << text;
}

TEST(Glob, CaseIsOfAsciiLettersOnly) {
    for (const char* text : {"AZ", "az", "aZ"})
        EXPECT_TRUE(glob_match("Az", text, {.ignore_case = true})) << text;
    EXPECT_FALSE(glob_match("Az", "az"));
    EXPECT_FALSE(glob_match("@", "`", {.ignore_case = true}));
    EXPECT_FALSE(glob_match("[", "{", {.ignore_case = true}));
    EXPECT_FALSE(glob_match("\xc0", "\xe0", {.ignore_case = true}));
}

TEST(Glob, StarsAreTriedAgainFromEachPlace) {
    EXPECT_TRUE(glob_match("*ab*ab", "abxabab"));
    EXPECT_FALSE(glob_match("*ab*abc", "abxabab"));
    EXPECT_TRUE(glob_match("**", ""));
    EXPECT_TRUE(glob_match("a**", "a"));
    EXPECT_FALSE(glob_match("a*?", "a"));
    EXPECT_TRUE(glob_match("a*?", "ab"));
    EXPECT_FALSE(glob_match("", "a"));
    EXPECT_TRUE(glob_match("", ""));
    EXPECT_FALSE(glob_match("ab", "abc"));
    EXPECT_FALSE(glob_match("abc", "ab"));
}

}  // namespace
}  // namespace redshank::audit
