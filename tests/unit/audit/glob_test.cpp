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

}  // namespace
}  // namespace redshank::audit
