#include "audit/utf8.h"

#include <gtest/gtest.h>

#include "audit/request_uri.h"

namespace redshank::audit {
namespace {

TEST(Utf8, WhatIsNotValidIsReplacedByteForByte) {
    const std::pair<std::string, std::string> cases[] = {
        {"", ""},
        {"web", "web"},
        {"Grüße 漢字 😀", "Grüße 漢字 😀"},
        {"\xff", "�"},
        {"a\xc3", "a�"},               // truncated
        {"\xc3(", "�("},               // no continuation
        {"\xc0\xaf", "��"},            // overlong
        {"\xed\xa0\x80", "���"},       // surrogate
        {"\xf4\x90\x80\x80", "����"},  // beyond U+10FFFF
        {"ok \x80 ok", "ok � ok"},
    };
    for (const auto& [text, want] : cases) EXPECT_EQ(valid_utf8(text), want) << want;
}

// The smallest and the largest of each length, and their neighbours that are none.
TEST(Utf8, EachLengthFromItsFirstToItsLast) {
    const struct {
        uint32_t point;
        const char* bytes;
    } kGood[] = {
        {0x7f, "\x7f"},
        {0x80, "\xc2\x80"},
        {0x7ff, "\xdf\xbf"},
        {0x800, "\xe0\xa0\x80"},
        {0xd7ff, "\xed\x9f\xbf"},
        {0xe000, "\xee\x80\x80"},
        {0xfffd, "\xef\xbf\xbd"},
        {0xffff, "\xef\xbf\xbf"},
        {0x10000, "\xf0\x90\x80\x80"},
        {0x10ffff, "\xf4\x8f\xbf\xbf"},
        {0xabcd, "\xea\xaf\x8d"},
        {0x12345, "\xf0\x92\x8d\x85"},
    };
    for (const auto& [point, bytes] : kGood) {
        size_t at = 0;
        const std::string text = bytes;
        EXPECT_EQ(static_cast<uint32_t>(next_code_point(text, at)), point);
        EXPECT_EQ(at, text.size());
        std::string out;
        append_utf8(out, char32_t{point});
        EXPECT_EQ(out, bytes);
    }
    for (const char* bytes : {"\x80", "\xbf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xbf\xbf",
                              "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc2", "\xe0\xa0", "\xf0\x90\x80",
                              "\xc2\x41", "\xe0\xa0\x41", "\xe0\xc0\x80"}) {
        size_t at = 0;
        const std::string text = bytes;
        EXPECT_EQ(static_cast<uint32_t>(next_code_point(text, at)), 0xfffdU) << text;
        EXPECT_EQ(at, 1u);
    }
}

TEST(Uri, ParametersAreFoundByTheirWholeDecodedName) {
    const char* uri = "/x?a=1&ab=2&%61=3&a&b=&c=x=y&a=%41+%zz%4&=5";
    EXPECT_EQ(query_values(uri, "a"), (std::vector<std::string>{"1", "3", "", "A %zz%4"}));
    EXPECT_EQ(query_value(uri, "a"), "1");
    EXPECT_EQ(query_value(uri, "c"), "x=y");
    EXPECT_EQ(query_value(uri, ""), "5");
    EXPECT_TRUE(has_query(uri, "b"));
    EXPECT_FALSE(has_query(uri, "x"));
    EXPECT_FALSE(has_query("/a", "a"));
    EXPECT_FALSE(has_query("/x?", ""));
    EXPECT_EQ(uri_path("/a?b?c"), "/a");
    EXPECT_EQ(uri_path("/a"), "/a");
}

TEST(Uri, HexIsReadInBothCasesAndOnlyWhereItIsWhole) {
    const std::pair<const char*, const char*> kCases[] = {
        {"%41", "A"},   {"%6a", "j"},   {"%6A", "j"},   {"%6f", "o"},   {"%6F", "o"},   {"%6g", "%6g"},
        {"%6G", "%6G"}, {"%6`", "%6`"}, {"%6@", "%6@"}, {"%6:", "%6:"}, {"%6/", "%6/"}, {"%39", "9"},
        {"%4", "%4"},   {"%", "%"},     {"a%", "a%"},   {"%%41", "%A"}, {"a+b", "a b"},
    };
    for (const auto& [text, decoded] : kCases) EXPECT_EQ(percent_decode(text), decoded) << text;
}

TEST(Utf8, CutsBetweenCharacters) {
    EXPECT_EQ(cut_utf8("abc", 5), "abc");
    EXPECT_EQ(cut_utf8("abc", 2), "ab");
    EXPECT_EQ(cut_utf8("aß", 2), "a");
    EXPECT_EQ(cut_utf8("aß", 3), "aß");
    EXPECT_EQ(cut_utf8("😀", 3), "");
    EXPECT_EQ(cut_utf8("漢字", 5), "漢");
}

TEST(Utf8, APercentDecodedValueIsText) {
    EXPECT_EQ(query_value("/x?command=%FF", "command"), "�");
    EXPECT_EQ(query_value("/x?command=%C3%9F", "command"), "ß");
}

}  // namespace
}  // namespace redshank::audit
